"""What is said to "where is my truck": one of a dozen replies, in Chinese and English.

``compose.reply`` chooses the case by the facts and fills its template; ``linter`` refuses what
must not be said.  A sentence says only what the facts hold: a template whose slot is unknown
is not used, another one of its case is.
"""
