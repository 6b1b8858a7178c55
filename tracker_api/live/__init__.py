"""The live stream: one reader of the change feed, one mailbox per client."""
