package lianlian_test

import (
	"errors"
	"testing"
	"time"

	"lianlian-checkout/lianlian"
)

func location(tb testing.TB, name string) *time.Location {
	tb.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		tb.Fatal(err)
	}
	return loc
}

func TestTimestamps(t *testing.T) {
	t.Parallel()
	at := time.Date(2024, 9, 6, 7, 30, 35, 123e6, time.UTC)
	brazil := location(t, "Brazil/East")
	forms := []struct {
		form lianlian.TimestampForm
		loc  *time.Location
		want string
	}{
		{lianlian.TimestampMillis, nil, "1725607835123"},
		{"", brazil, "1725607835123"},
		{lianlian.TimestampDateTime, nil, "20240906153035"},
		{lianlian.TimestampDateTime, brazil, "20240906043035"},
	}
	for _, tt := range forms {
		if got := lianlian.FormatTimestamp(at, tt.form, tt.loc); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.form, got, tt.want)
		}
	}
	good := []struct {
		in   string
		loc  *time.Location
		want time.Time
	}{
		{"1725607835123", brazil, at},
		{"1725607835", nil, at.Truncate(time.Second)},
		{"20240906153035", nil, at.Truncate(time.Second)},
		{"20240906043035", brazil, at.Truncate(time.Second)},
	}
	for _, tt := range good {
		got, err := lianlian.ParseTimestamp(tt.in, tt.loc)
		if err != nil || !got.Equal(tt.want) || got.Location() != time.UTC {
			t.Errorf("%s: got %v, %v, want %v", tt.in, got, err, tt.want)
		}
	}
	bad := []string{"", "0", "172560783512", "172560783512345", "-172560783512", "2024-09-06 15:", "20240931000000", "20240906243035",
		"20240906156035", "20241306153035", "1725607835.12", "17256078351 3", "１７２５６０７８３５"}
	for _, in := range bad {
		if got, err := lianlian.ParseTimestamp(in, nil); !errors.Is(err, lianlian.ErrMalformed) {
			t.Errorf("%q: got %v, %v, want ErrMalformed", in, got, err)
		}
	}
}
