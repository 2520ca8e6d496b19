package models

import (
	"errors"
	"time"
)

// Day is a day of the shop's calendar, which is Hong Kong's, as days since 1970-01-01.
type Day int64

// Hong Kong has had no summer time since 1979: a day is a plain range of milliseconds, which both databases can reckon with.
const (
	dayMillis  = 24 * 60 * 60 * 1000
	hongKongMS = 8 * 60 * 60 * 1000
)

// DayOf is the day in which the time lies.
func DayOf(t time.Time) Day {
	ms := t.UnixMilli() + hongKongMS
	if ms < 0 {
		ms -= dayMillis - 1
	}
	return Day(ms / dayMillis)
}

// ParseDay reads "2026-11-26". Days before 1970 or after 9999 are errors.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1970 {
		return 0, errors.New("a day is written like 2026-11-26")
	}
	return Day(t.Unix() / (dayMillis / 1000)), nil
}

// Start is the day's first moment; the next day's is its end.
func (d Day) Start() time.Time { return time.UnixMilli(d.start()).UTC() }

func (d Day) start() int64 { return int64(d)*dayMillis - hongKongMS }

// String is the day as "2026-11-26".
func (d Day) String() string { return d.date().Format(time.DateOnly) }

// Weekday is the day's.
func (d Day) Weekday() time.Weekday { return d.date().Weekday() }

func (d Day) date() time.Time { return time.Unix(int64(d)*dayMillis/1000, 0).UTC() }
