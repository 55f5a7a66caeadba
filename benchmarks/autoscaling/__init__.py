"""How the pipeline scales on a cluster, simulated: queues, dispatchers, KEDA, HPA and KPA, sized by the manifests."""
