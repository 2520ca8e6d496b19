package models_test

import (
	"testing"
	"time"

	"lianlian-checkout/models"
)

func TestDay(t *testing.T) {
	t.Parallel()
	for at, want := range map[string]string{
		"2026-11-25T15:59:59.999Z": "2026-11-25", "2026-11-25T16:00:00Z": "2026-11-26", "1970-01-01T00:00:00Z": "1970-01-01",
		"1969-12-31T15:59:59Z": "1969-12-31", "2028-02-29T03:00:00Z": "2028-02-29",
	} {
		when, err := time.Parse(time.RFC3339Nano, at)
		if err != nil {
			t.Fatal(err)
		}
		d := models.DayOf(when)
		if d.String() != want {
			t.Errorf("DayOf(%s) = %s, want %s", at, d, want)
		}
		if when.Before(d.Start()) || !when.Before((d + 1).Start()) {
			t.Errorf("%s isn't between %s and the next day's start", at, d.Start())
		}
		if read, err := models.ParseDay(want); want >= "1970" && (err != nil || read != d) {
			t.Errorf("ParseDay(%s) = %v, %v, want %v", want, read, err, d)
		}
	}
	for _, wrong := range []string{"", "2026-11-31", "2026-1-1", "26-11-2026", "1969-12-31", "2026-11-26T00:00", "99999-01-01"} {
		if d, err := models.ParseDay(wrong); err == nil {
			t.Errorf("ParseDay(%q) = %v", wrong, d)
		}
	}
}
