"""The shipment engine: the life of trips, their stops, delay and its cause.

Pure: values in, values out.  What became of a planned stop is a function of the visits, the
plan and people's words, whatever the order in which they were learned; how a trip stands
against its due times follows from estimates, arrivals and the clock, which is an argument.
"""
