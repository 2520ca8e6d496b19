package checkout

import "time"

// StopReconciling makes it look as if reconciliation hadn't shown life for an hour.
func (c *Checkout) StopReconciling() { c.alive.at.Store(time.Now().Add(-time.Hour).UnixNano()) }
