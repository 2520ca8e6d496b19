package checkout

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"runtime/debug"
	"sync"
	"time"

	"lianlian-checkout/internal/webhooks"
	"lianlian-checkout/models"
)

// again is how long after each failed try the next one comes, up to a tenth more, so that what failed together doesn't come
// back together: three days in all, as Standard Webhooks suggests. After the last the delivery is given up.
var again = []time.Duration{
	5 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 20 * time.Hour,
}

const (
	inFlight = 4 // tries of one endpoint at the same time
	// A claim lasts longer than a try may take, so that two processes never try at once. A process that dies leaves its
	// tries to be made after that.
	claimFor    = time.Minute
	hookTimeout = 2 * time.Minute
	hookClaim   = 5 * time.Minute
)

// Endpoint is a receiver of webhooks.
type Endpoint struct {
	URL    string   // https, on a public address
	Secret string   // whsec_ and the base64 of 24 to 64 random bytes
	Events []string // like order.paid; empty means all
}

// LogValue keeps the secret, and what a URL may carry, out of logs.
func (Endpoint) LogValue() slog.Value { return slog.StringValue("[endpoint]") }

// String keeps the secret out of what is printed.
func (Endpoint) String() string { return "[endpoint]" }

// Event is what a hook is told.
type Event struct {
	ID    string // the same each time that it is told: who must not act twice remembers it
	Type  string // order.paid, order.failed, …
	Order models.Order
}

// The hooks stand among the endpoints under these names.
const (
	hookPaid  = "hook:paid"
	hookEvent = "hook:event"
)

// setEndpoints makes the configured endpoints and the hooks known to the store.
func (c *Checkout) setEndpoints(ctx context.Context) error {
	var want []models.Endpoint
	for _, e := range c.o.Webhooks {
		c.secrets[e.URL] = e.Secret
		want = append(want, models.Endpoint{URL: e.URL, Kind: models.EndpointConfig, Events: e.Events})
	}
	if c.o.OnPaid != nil {
		want = append(want, models.Endpoint{URL: hookPaid, Kind: models.EndpointHook, Events: []string{models.TellPaid}})
	}
	if c.o.OnEvent != nil {
		want = append(want, models.Endpoint{URL: hookEvent, Kind: models.EndpointHook})
	}
	if err := c.store.SetEndpoints(ctx, want); err != nil {
		return fmt.Errorf("make the webhooks' endpoints known: %w", err)
	}
	return nil
}

// checkWebhooks says what is wrong with the endpoints, without repeating a secret.
func (o *Options) checkWebhooks() error {
	seen := map[string]bool{}
	for i, e := range o.Webhooks {
		err := webhooks.CheckURL(e.URL, o.AllowPrivateWebhooks)
		if err == nil && seen[e.URL] {
			err = errors.New("is listed twice")
		}
		if err != nil {
			return fmt.Errorf("checkout: Options.Webhooks[%d].URL %w", i, err)
		}
		if err := webhooks.CheckSecret(e.Secret); err != nil {
			return fmt.Errorf("checkout: Options.Webhooks[%d].Secret %w", i, err)
		}
		seen[e.URL] = true
	}
	return nil
}

// serves tells whether this process can send to the endpoint: it has its secret, or its function.
func (c *Checkout) serves(e models.Endpoint) bool {
	switch e.Kind {
	case models.EndpointConfig:
		return c.secrets[e.URL] != ""
	case models.EndpointConsole:
		return true
	case models.EndpointHook:
		return e.URL == hookPaid && c.o.OnPaid != nil || e.URL == hookEvent && c.o.OnEvent != nil
	}
	return false
}

// deliverDue tries some of what is due to an endpoint, and tells whether more may be.
func (c *Checkout) deliverDue(ctx context.Context, e models.Endpoint) bool {
	limit, lease := inFlight, claimFor
	if e.Kind == models.EndpointHook { // called one after the other
		limit, lease = 1, hookClaim
	}
	claimed, err := c.store.ClaimDeliveries(ctx, e.ID, limit, c.o.Now().Add(lease))
	if err != nil && ctx.Err() == nil {
		c.o.Log.ErrorContext(ctx, "claim webhooks", "endpoint", shown(e), "error", err.Error())
	}
	var wg sync.WaitGroup
	for _, d := range claimed {
		wg.Go(func() { c.deliver(ctx, d) })
	}
	wg.Wait()
	return len(claimed) == limit && ctx.Err() == nil
}

// deliver makes one try of a claimed delivery and notes what came of it.
func (c *Checkout) deliver(ctx context.Context, d models.Delivery) {
	began := c.o.Now()
	var a webhooks.Answer
	if d.Endpoint.Kind == models.EndpointHook {
		a.Err = c.callHook(ctx, d)
	} else {
		secret := d.Endpoint.Secret
		if d.Endpoint.Kind == models.EndpointConfig {
			secret = c.secrets[d.Endpoint.URL]
		}
		a = c.sender.Send(ctx, d.Endpoint.URL, secret, webhooks.Message{ID: d.MessageID, Body: []byte(d.Body)})
	}
	if a.Err != nil && ctx.Err() != nil { // the program ends: the claim runs out by itself
		return
	}
	t := models.Try{At: began, Took: c.o.Now().Sub(began), Status: a.Status, Answer: a.Body}
	next := time.Time{}
	if a.Err != nil {
		t.Error = cut(a.Err.Error(), 300)
		if d.Step <= len(again) && a.Status != http.StatusGone {
			wait := again[max(d.Step, 1)-1]
			next = c.o.Now().Add(wait + rand.N(wait/10))
		}
	}
	// Once the receiver has answered, the note is wanted even if the program is told to stop.
	noting, cancel := context.WithTimeout(context.WithoutCancel(ctx), notifyTimeout)
	defer cancel()
	log := c.o.Log.With("event", d.Type, "message", d.MessageID, "endpoint", shown(d.Endpoint), "status", a.Status, "try", d.Step)
	if err := c.store.DeliveryTried(noting, d, t, next); err != nil {
		log.ErrorContext(ctx, "note a webhook's try", "error", err.Error())
	}
	c.report(noting, log, d, a, next)
}

// report says what became of a try, and turns an endpoint off that answered 410: it doesn't want anything any more.
func (c *Checkout) report(ctx context.Context, log *slog.Logger, d models.Delivery, a webhooks.Answer, next time.Time) {
	reason := ""
	if a.Err != nil && d.Endpoint.Kind != models.EndpointHook { // what a hook says may name a buyer
		reason = a.Err.Error()
	}
	c.telemetry.Delivered(resultOf(a.Err == nil, "delivered", next.IsZero()))
	switch {
	case a.Err == nil:
		log.InfoContext(ctx, "webhook delivered")
	case a.Status == http.StatusGone:
		log.ErrorContext(ctx, "webhook endpoint turned off: it answered 410")
		if err := c.store.EndpointGone(ctx, d.Endpoint.ID); err != nil {
			log.ErrorContext(ctx, "turn a webhook endpoint off", "error", err.Error())
		}
	case next.IsZero():
		log.ErrorContext(ctx, "webhook given up", "error", reason)
	default:
		log.WarnContext(ctx, "webhook not delivered, tried again later", "error", reason)
	}
}

// callHook calls the program's own function with the order as it is now. A panic is an error like others.
func (c *Checkout) callHook(ctx context.Context, d models.Delivery) (err error) {
	o, err := c.store.OrderByID(ctx, d.OrderID)
	if err != nil {
		return err
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
			c.o.Log.ErrorContext(ctx, "a hook panicked", "hook", d.Endpoint.URL, "stack", string(debug.Stack()))
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, hookTimeout)
	defer cancel()
	if d.Endpoint.URL == hookPaid {
		return c.o.OnPaid(ctx, o)
	}
	return c.o.OnEvent(ctx, Event{ID: d.MessageID, Type: d.Type, Order: o})
}

// shown names an endpoint in the log: a URL's path and query may be secrets.
func shown(e models.Endpoint) string {
	if u, err := url.Parse(e.URL); err == nil && u.Host != "" {
		return u.Host
	}
	return e.URL
}

// Endpoints are the receivers of webhooks, with how many deliveries of each are due or given up.
func (c *Checkout) Endpoints(ctx context.Context) ([]models.Endpoint, error) {
	return c.store.EndpointStates(ctx)
}

// Deliveries lists webhooks for the console, newest first.
func (c *Checkout) Deliveries(ctx context.Context, f models.DeliveryFilter) (models.DeliveryList, error) {
	return c.store.Deliveries(ctx, f)
}

// Delivery finds one with its tries, the last one first.
func (c *Checkout) Delivery(ctx context.Context, id int64) (models.Delivery, []models.Try, error) {
	return c.store.Delivery(ctx, id)
}

// SendAgain sends a webhook once more at an operator's wish: the same message under the same id.
func (c *Checkout) SendAgain(ctx context.Context, id int64) error {
	err := c.store.SendAgain(ctx, id)
	c.outbox.tell()
	return err
}

// TurnOnEndpoint lets an endpoint that answered 410 have what happens from now on.
func (c *Checkout) TurnOnEndpoint(ctx context.Context, id int64) error {
	err := c.store.TurnOn(ctx, id)
	c.outbox.tell()
	return err
}

// resultOf is what came of a try, as it is counted.
func resultOf(good bool, done string, last bool) string {
	switch {
	case good:
		return done
	case last:
		return "given_up"
	}
	return "again"
}
