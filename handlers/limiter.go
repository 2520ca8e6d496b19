package handlers

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxAddresses is how many addresses a limiter remembers in each of its two generations.
const maxAddresses = 8192

// limiter counts requests by address, or by whatever else names who or what is asked for.
type limiter struct {
	most   int // at once, and within
	within time.Duration
	now    func() time.Time

	mu      sync.Mutex
	buckets *recent[*rate.Limiter]
}

func newLimiter(perMinute int, now func() time.Time) *limiter {
	return newSlowLimiter(perMinute, time.Minute, now)
}

func newSlowLimiter(most int, within time.Duration, now func() time.Time) *limiter {
	return &limiter{most: most, within: within, now: now, buckets: newRecent[*rate.Limiter](maxAddresses)}
}

// wait counts a request. It returns zero when it may go on, else after how long another try makes sense.
// What is allowed within the time may come at once.
func (l *limiter) wait(address string) time.Duration {
	_, delay := l.try(address)
	return delay
}

// try is wait for a request that may turn out not to count: giveBack takes it back.
func (l *limiter) try(address string) (giveBack func(), delay time.Duration) {
	if l.most < 0 {
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
		b = rate.NewLimiter(rate.Limit(float64(l.most)/l.within.Seconds()), l.most)
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
