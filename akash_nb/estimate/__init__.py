"""What a workload is likely to cost, before anybody has bid: pure arithmetic on what the market says.

CPU, memory and storage have a list price, the service's own formula; GPUs have the range of recent bids on them; and
where providers have bid on exactly this before, those bids are the range. Ports and leased IP addresses have no list
price and are left out. None of it is a quote: only bids are. What an estimate rests on is said by its `basis`.
"""

from akash_nb.estimate.arithmetic import estimate
from akash_nb.estimate.gpus import gpu_kinds, gpu_label
from akash_nb.estimate.lists import ListPrice, ListPrices, Size, list_price, sizes_of
from akash_nb.estimate.ranges import Clouds, Range
from akash_nb.estimate.records import GroupEstimate, Part

__all__ = [
    "Clouds",
    "GroupEstimate",
    "ListPrice",
    "ListPrices",
    "Part",
    "Range",
    "Size",
    "estimate",
    "gpu_kinds",
    "gpu_label",
    "list_price",
    "sizes_of",
]
