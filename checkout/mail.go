package checkout

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"lianlian-checkout/models"
)

// Mailer sends e-mails to buyers. An error that is models.ErrRefused means that trying again is no use.
type Mailer interface {
	Send(ctx context.Context, l models.Email) error
}

// The schedule of an e-mail that the server doesn't take: after a minute, then after twice as long each time up to an hour, for
// a day. The shortest wait is longer than a try may take, so that two processes never try at once.
const (
	mailTimeout = 40 * time.Second
	mailAgain   = time.Minute
	mailAtMost  = time.Hour
	mailFor     = 24 * time.Hour
)

// maxLookUps is how many look-ups may wait for their answer.
const maxLookUps = 64

// lookUp is what somebody typed on the look-up page.
type lookUp struct{ number, email string }

// post is what the sending of e-mails needs while it runs.
type post struct {
	due     chan struct{}
	lookUps chan lookUp
}

func newPost() post { return post{due: make(chan struct{}, 1), lookUps: make(chan lookUp, maxLookUps)} }

// tell wakes whoever sends e-mails; who isn't awake in time finds them at the next look.
func (p post) tell() {
	select {
	case p.due <- struct{}{}:
	default:
	}
}

// sendEmails sends what is due until ctx ends. It has a goroutine of its own: nothing waits for a mail server.
func (c *Checkout) sendEmails(ctx context.Context) {
	tick := time.NewTicker(c.o.ReconcileInterval)
	defer tick.Stop()
	for {
		c.SendDue(ctx)
		select {
		case <-ctx.Done():
			return
		case <-c.post.due:
		case <-tick.C:
		}
	}
}

// SendDue sends the e-mails that are due, one after the other. After a failure that may pass, the rest waits for the next call.
func (c *Checkout) SendDue(ctx context.Context) {
	for c.o.Mailer != nil && ctx.Err() == nil {
		m, found, err := c.store.ClaimMail(ctx, c.nextTry)
		if err != nil && ctx.Err() == nil {
			c.o.Log.ErrorContext(ctx, "claim an e-mail", "error", err.Error())
		}
		if err != nil || !found || !c.sendEmail(ctx, m) {
			return
		}
	}
}

// nextTry says when an e-mail is tried again unless it is done before.
func (c *Checkout) nextTry(m models.Mail) time.Time {
	return c.o.Now().Add(min(mailAgain<<min(m.Tries-1, 10), mailAtMost))
}

// sendEmail tries one e-mail and tells whether the next may follow.
func (c *Checkout) sendEmail(ctx context.Context, m models.Mail) bool {
	o, err := c.store.OrderByID(ctx, m.OrderID)
	if err != nil {
		c.o.Log.ErrorContext(ctx, "read an e-mail's order", "order_id", m.OrderID, "error", err.Error())
		return false
	}
	log := c.o.Log.With("order", o.Number, "email", m.Kind, "tries", m.Tries)
	err = c.writeAndSend(ctx, m, o)
	if o.Customer.Email != "" && (err == nil || ctx.Err() == nil) {
		c.telemetry.Mailed(resultOf(err == nil, "sent", errors.Is(err, models.ErrRefused) || c.o.Now().Sub(m.CreatedAt) >= mailFor))
	}
	switch {
	case err == nil:
		log.InfoContext(ctx, "e-mail sent")
	case ctx.Err() != nil:
		return false
	case errors.Is(err, models.ErrRefused):
		log.WarnContext(ctx, "e-mail given up", "error", withoutAddress(err, o))
	case c.o.Now().Sub(m.CreatedAt) >= mailFor:
		log.ErrorContext(ctx, "e-mail given up after a day", "error", withoutAddress(err, o))
	default:
		log.WarnContext(ctx, "e-mail not sent, tried again later", "error", withoutAddress(err, o))
		return false
	}
	sent := err == nil
	// Once the server has it, the note is wanted even if the program is told to stop.
	noting, cancel := context.WithTimeout(context.WithoutCancel(ctx), notifyTimeout)
	defer cancel()
	if err := c.store.MailDone(noting, m.ID, sent); err != nil {
		log.ErrorContext(ctx, "note that an e-mail is done", "error", err.Error())
		return false
	}
	return true
}

func (c *Checkout) writeAndSend(ctx context.Context, m models.Mail, o models.Order) error {
	if o.Customer.Email == "" {
		return fmt.Errorf("%w: the order has no address", models.ErrRefused)
	}
	l, err := c.pages.Email(ctx, o, m.Kind)
	if err != nil {
		return err
	}
	l.ID = fmt.Sprintf("%s-%s-%d", m.Kind, o.Number, m.ID)
	ctx, cancel := context.WithTimeout(ctx, mailTimeout)
	defer cancel()
	return c.o.Mailer.Send(ctx, l)
}

// withoutAddress is what a mailer says, with the buyer's address taken out: a server's words may repeat it.
func withoutAddress(err error, o models.Order) string {
	text := err.Error()
	for _, private := range []string{o.Customer.Email, strings.ToLower(o.Customer.Email)} {
		if private != "" {
			text = strings.ReplaceAll(text, private, "[address]")
		}
	}
	return text
}

// FindOrder finds the token of the order that has both the number and the e-mail address, or models.ErrNotFound.
func (c *Checkout) FindOrder(ctx context.Context, number, email string) (string, error) {
	o, err := c.store.FindOrder(ctx, number, email)
	return o.Token, err
}

// MailLink mails the link of the order that has both, if there is one. It answers before anybody has looked, so that its
// time tells nothing. Look-ups that come faster than they are answered are dropped.
func (c *Checkout) MailLink(number, email string) {
	select {
	case c.post.lookUps <- lookUp{number, email}:
	default:
		c.o.Log.Warn("a look-up was dropped: too many at once")
	}
}

// answerLookUps makes e-mails due for those who know both number and address of an order, until ctx ends.
func (c *Checkout) answerLookUps(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case l := <-c.post.lookUps:
			o, err := c.store.FindOrder(ctx, l.number, l.email)
			if err == nil {
				err = c.store.QueueLink(ctx, o.ID)
			}
			switch {
			case err == nil:
				c.post.tell()
			case !errors.Is(err, models.ErrNotFound) && ctx.Err() == nil:
				c.o.Log.ErrorContext(ctx, "look an order up", "error", err.Error())
			}
		}
	}
}
