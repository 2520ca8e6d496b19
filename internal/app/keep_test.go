package app

import (
	"testing"
	"time"

	"lianlian-checkout/checkout"
	"lianlian-checkout/internal/config"
)

// TestKeep: the configuration counts in days.
func TestKeep(t *testing.T) {
	t.Parallel()
	var conf config.Config
	conf.Keep.PersonalData, conf.Keep.Deliveries = 30, 2
	if got, want := keep(&conf), (checkout.Keep{PersonalData: 720 * time.Hour, Deliveries: 48 * time.Hour}); got != want {
		t.Errorf("keep = %+v, want %+v", got, want)
	}
}
