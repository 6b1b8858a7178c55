"""What the clock drives.  In this part: maintenance of the store."""
