"""In-vehicle terminals, simulated or replaying recordings.

It imports ``fleet.wire`` and ``fleet.errors`` and nothing else of ours: with its own NMEA
writer and its own small geometry it is the independent second opinion on the wire.

``vehicle`` (where a lorry truly is), ``receiver`` (what GNSS says about that), ``nmea`` (how
it is written), ``device`` (what the terminal does with it), ``faults`` and ``unit`` are pure;
``scenario`` names fleets; ``radio`` and ``service`` are the shell; ``recording`` reads logs
and ``replay`` sends them.
"""
