"""The pages about Milepost; ``docs.generate`` writes those that follow from the code."""
