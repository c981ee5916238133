"""What every widget is made of: the base of all views, questions, rows, filters, tabs, boxes, static pictures."""
