"""What a row of a benchmark, or a run, may add to the network: options of the model that name a class."""

PARTS = ('alignment', 'style', 'fairness', 'pretraining')
