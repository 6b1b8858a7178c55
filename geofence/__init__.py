"""The geofence engine: shapes, the index, visits, and the nodes that follow from them.

Pure: values in, values out.  The core of Milepost's promise lives here: the visits of a
vehicle are a function of its fixes in the order of their own time, and of nothing else.
"""
