package lianlian

import (
	"strconv"
	"time"
	_ "time/tzdata" // zones come in messages; they must be known on every machine
)

// TimestampForm is how times are written in requests (guide 2.1.1).
type TimestampForm string

const (
	// TimestampMillis writes milliseconds since 1970 UTC, 13 digits. The default.
	TimestampMillis TimestampForm = "millis"
	// TimestampDateTime writes yyyyMMddHHmmss in the zone of the timezone header.
	TimestampDateTime TimestampForm = "datetime"
)

// DefaultTimezone is the zone of times that come without one.
const DefaultTimezone = "Asia/Hong_Kong"

const dateTimeLayout = "20060102150405"

// hongKong has had no summer time since 1979, so a fixed offset stands in for the zone's history.
var hongKong = func() *time.Location {
	loc, err := time.LoadLocation(DefaultTimezone)
	if err != nil {
		return time.FixedZone(DefaultTimezone, 8*60*60)
	}
	return loc
}()

func zone(loc *time.Location) *time.Location {
	if loc == nil {
		return hongKong
	}
	return loc
}

// FormatTimestamp writes a time for the gateway. An empty form means TimestampMillis, a nil location
// DefaultTimezone.
func FormatTimestamp(t time.Time, form TimestampForm, loc *time.Location) string {
	if form == TimestampDateTime {
		return t.In(zone(loc)).Format(dateTimeLayout)
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}

// ParseTimestamp reads a time by its length: 13 digits are milliseconds since 1970 UTC, 10 digits seconds,
// 14 digits yyyyMMddHHmmss in loc (nil means DefaultTimezone) (guide 2.1.1, 4.1.2, 4.1.3). The result is in
// UTC. Anything else gives an error that matches ErrMalformed.
func ParseTimestamp(s string, loc *time.Location) (time.Time, error) {
	if !digits(s) {
		return time.Time{}, malformed("a time is 10, 13 or 14 digits")
	}
	switch len(s) {
	case 10, 13:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return time.Time{}, malformed("a time is 10, 13 or 14 digits")
		}
		if len(s) == 10 {
			return time.Unix(n, 0).UTC(), nil
		}
		return time.UnixMilli(n).UTC(), nil
	case len(dateTimeLayout):
		t, err := time.ParseInLocation(dateTimeLayout, s, zone(loc))
		if err != nil {
			return time.Time{}, malformed("a time of 14 digits is yyyyMMddHHmmss")
		}
		return t.UTC(), nil
	default:
		return time.Time{}, malformed("a time is 10, 13 or 14 digits")
	}
}

// parseTimezone reads a zone name that came in a message. The names that package time gives a local meaning
// are refused.
func parseTimezone(name string) (*time.Location, error) {
	ok := name != "" && len(name) <= 64 && name != "Local"
	for _, c := range []byte(name) {
		ok = ok && (alphanumeric(c) || c == '/' || c == '_' || c == '-' || c == '+')
	}
	if !ok {
		return nil, malformed("timezone is not a zone name")
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, malformed("timezone is not a known zone name")
	}
	return loc, nil
}

func digits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}
