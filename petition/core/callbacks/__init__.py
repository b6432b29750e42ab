"""Requests to addresses that organizations give: which URLs and hosts, and how they are asked."""
