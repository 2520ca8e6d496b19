package handlers

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxAddresses is how many addresses a limiter remembers in each of its two generations.
const maxAddresses = 8192

// limiter counts requests by address.
type limiter struct {
	perMinute int
	now       func() time.Time

	mu      sync.Mutex
	buckets *recent[*rate.Limiter]
}

func newLimiter(perMinute int, now func() time.Time) *limiter {
	return &limiter{perMinute: perMinute, now: now, buckets: newRecent[*rate.Limiter](maxAddresses)}
}

// wait counts a request. It returns zero when it may go on, else after how long another try makes sense.
// A minute's worth may come at once.
func (l *limiter) wait(address string) time.Duration {
	_, delay := l.try(address)
	return delay
}

// try is wait for a request that may turn out not to count: giveBack takes it back.
func (l *limiter) try(address string) (giveBack func(), delay time.Duration) {
	if l.perMinute < 0 {
		return func() {}, 0
	}
	key, now := network(address), l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.bucket(key).ReserveN(now, 1)
	if delay = r.DelayFrom(now); delay > 0 {
		r.CancelAt(now)
	}
	return func() { r.CancelAt(now) }, delay
}

func (l *limiter) bucket(key string) *rate.Limiter {
	b, ok := l.buckets.get(key)
	if !ok {
		b = rate.NewLimiter(rate.Limit(float64(l.perMinute)/60), l.perMinute)
		l.buckets.put(key, b)
	}
	return b
}

// network is what counts as one address: IPv6 customers hold a whole /64.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return address
	}
	p, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}
