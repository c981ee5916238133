"""What goes on behind the views, one of each for all that look: pollers, feeds, reads of what changes seldom."""
