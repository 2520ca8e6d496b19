package simulator

import (
	"fmt"
	"time"

	"lianlian-checkout/lianlian"
)

// MaxSpeed is the greatest speed of a [Simulator]: an hour passes in a second.
const MaxSpeed = 3600

// notice is one change of state on its way to the merchant. Between attempts it is a timer, not a goroutine. Guarded by
// Simulator.mu.
type notice struct {
	id       string // of the payment
	url      string
	content  content // as it was when the state changed
	task     *task   // what is to happen in place of an attempt: nobody is told
	attempts int
	held     bool    // waits for the payment's next notice, see [Scenario.SwapNotifications]
	after    *notice // leaves once this one has
	due      time.Time
	timer    *time.Timer
}

// task is what the gateway does by itself after a while.
type task struct {
	Refund  string // by its own id: it is settled; "" stands for the payment itself, which succeeds late
	Success bool   // of the refund
}

// notify starts the notification of the payment's state. The caller holds mu.
func (s *Simulator) notify(p *payment, delay time.Duration) {
	s.announce(s.newNotice(p), delay)
}

// announce schedules a notice, in the order that the scenario wants; a nil one is nothing. The caller holds mu.
func (s *Simulator) announce(n *notice, delay time.Duration) {
	if n == nil {
		return
	}
	if s.scenarioOf(n.id).SwapNotifications {
		if first := s.heldBack(n.id); first != nil {
			s.drop(first)
			first.held, n.after = false, first
		} else {
			n.held, delay = true, s.opts.NotifyInterval
		}
	}
	s.schedule(n, delay)
}

func (s *Simulator) heldBack(id string) *notice {
	for n := range s.pending {
		if n.held && n.id == id {
			return n
		}
	}
	return nil
}

// newNotice returns nil when there is nobody to tell. The caller holds mu.
func (s *Simulator) newNotice(p *payment) *notice {
	if p.NotificationURL == "" || s.closed {
		return nil
	}
	return &notice{id: p.MerchantTransactionID, url: p.NotificationURL, content: s.notificationOf(p.Payment)}
}

// schedule sets the timer of the next attempt; delay is the gateway's time. The caller holds mu.
func (s *Simulator) schedule(n *notice, delay time.Duration) {
	if s.closed {
		return
	}
	s.pending[n] = struct{}{}
	s.startTimer(n, time.Duration(float64(delay)/s.speed))
}

// startTimer starts the timer of a pending notice; wait is real time. The caller holds mu.
func (s *Simulator) startTimer(n *notice, wait time.Duration) {
	s.wg.Add(1)
	s.changed()
	n.due = time.Now().Add(wait)
	n.timer = time.AfterFunc(wait, func() {
		defer s.wg.Done()
		s.attempt(n)
	})
}

// drop forgets a notice that waits; an attempt that has begun finds itself forgotten. The caller holds mu.
func (s *Simulator) drop(n *notice) {
	if n.timer.Stop() {
		s.wg.Done()
	}
	delete(s.pending, n)
	s.changed()
}

// payAndNotifyNow settles the payment and makes the first attempt before it returns.
func (s *Simulator) payAndNotifyNow(id string) {
	s.mu.Lock()
	p, ok := s.payments.get(id)
	if !ok || !isOpen(p.Status) {
		s.mu.Unlock()
		return
	}
	s.settlePayment(p, lianlian.StatusSuccess)
	n := s.newNotice(p)
	if n == nil {
		s.mu.Unlock()
		return
	}
	s.wg.Add(1)
	defer s.wg.Done()
	n.timer = time.NewTimer(0) // so that drop finds one
	n.timer.Stop()
	s.pending[n] = struct{}{}
	s.mu.Unlock()
	s.attempt(n)
}

// attempt sends a notice once, with its duplicates, and schedules the next attempt unless the merchant has acknowledged.
func (s *Simulator) attempt(n *notice) {
	defer s.keepState()
	select {
	case s.inFlight <- struct{}{}:
		defer func() { <-s.inFlight }()
	case <-s.ctx.Done():
		return
	}
	s.mu.Lock()
	_, wanted := s.pending[n]
	sc := s.scenarioOf(n.id)
	if wanted && n.task != nil && s.ctx.Err() == nil {
		delete(s.pending, n)
		s.carryOut(n)
		wanted = false
	}
	wanted = wanted && s.ctx.Err() == nil
	if wanted {
		n.held = false
		n.attempts++
		s.changed()
	}
	s.mu.Unlock()
	if !wanted {
		return
	}
	acked := false
	for range 1 + min(max(sc.DuplicateNotifications, 0), maxDuplicates) {
		acked = s.deliver(n, sc) || acked
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, wanted := s.pending[n]; !wanted {
		return
	}
	delete(s.pending, n)
	s.changed()
	if n.after != nil {
		s.schedule(n.after, 0)
		n.after = nil
	}
	if acked {
		if p, ok := s.payments.get(n.id); ok {
			p.NotificationsAcked++
		}
	} else if n.attempts < s.opts.NotifyAttempts {
		s.schedule(n, s.opts.NotifyInterval)
	}
}

// carryOut does what a task says, if it still makes sense. The caller holds mu.
func (s *Simulator) carryOut(n *notice) {
	if n.task.Refund == "" {
		if p, ok := s.payments.get(n.id); ok && p.Status == lianlian.StatusCancelled {
			s.move(p, lianlian.StatusSuccess)
		}
		return
	}
	if r, ok := s.refunds[n.task.Refund]; ok && r.Status == lianlian.RefundPending {
		s.settleRefund(r, n.task.Success)
	}
}

// Speed is how fast the gateway's own time passes; see [Options.Speed].
func (s *Simulator) Speed() float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.speed
}

// SetSpeed lets the gateway's own time pass faster or slower from now on: what waits already waits accordingly. It refuses
// a speed below 1 or above [MaxSpeed].
func (s *Simulator) SetSpeed(speed float64) error {
	if !(speed >= 1 && speed <= MaxSpeed) {
		return fmt.Errorf("set speed %g: it is from 1 to %d", speed, MaxSpeed)
	}
	defer s.keepState()
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := range s.pending {
		if n.timer.Stop() { // else its attempt has begun
			s.wg.Done()
			s.startTimer(n, time.Duration(float64(time.Until(n.due))*s.speed/speed))
		}
	}
	s.speed = speed
	s.changed()
	return nil
}
