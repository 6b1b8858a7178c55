-- What operations and security need: numbered messages, identities of devices, retention and erasure.

-- delivery

-- identity

-- gate

-- privacy
