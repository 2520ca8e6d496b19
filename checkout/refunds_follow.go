package checkout

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"lianlian-checkout/models"
)

// How a refund is followed to its end.
const (
	refundTimeout = 50 * time.Second // of all that is done while somebody waits
	resendWithin  = 24 * time.Hour   // a refund that the gateway doesn't have is sent again; afterwards an operator decides
	lostAfter     = time.Hour        // an operator is told of a refund that nobody has confirmed
	slowAfter     = 72 * time.Hour   // and of one that is still pending
	sureAfter     = 10 * time.Minute // before an accepted refund that the gateway no longer knows is given up
	sixHours      = 6 * time.Hour
)

// pursue asks the gateway about an open refund and does what follows: what it says is applied; a refund that it doesn't have, and never
// refused, is sent again with the same id; one that it refused or lost ends when its signed word on the payment leaves no room for it. byHand
// says that an operator wants it ended: nothing is sent again then. Nil means that all there was to learn is recorded.
func (c *Checkout) pursue(ctx context.Context, r models.Refund, byHand bool) error {
	traced, _ := c.traced(ctx, models.ExchangeQueryRefund, paymentOf(r), "")
	state, err := c.o.Client.QueryRefund(traced, r.MerchantTransactionID)
	switch {
	case err == nil && state.Status.Known():
		return c.applyRefund(ctx, refundStated(models.SourceQuery, *state))
	case err == nil:
		ended, endErr := c.leavesNoRoom(ctx, r, true, "LianLian calls the refund "+string(state.Status))
		if endErr != nil || ended {
			return endErr
		}
		return c.applyRefund(ctx, refundStated(models.SourceQuery, *state))
	case !notFound(err):
		c.o.Log.WarnContext(ctx, "query not answered", "merchant_transaction_id", r.MerchantTransactionID, "error", err.Error())
		return models.ErrPending
	}
	age := c.o.Now().Sub(r.CreatedAt)
	if r.Status == models.RefundCreated && !r.Refused && !byHand {
		if c.o.Refunds && age < resendWithin {
			return c.sendRefund(ctx, r)
		}
		return nil
	}
	if r.Status == models.RefundPending && !byHand && c.o.Now().Sub(r.UpdatedAt) < sureAfter {
		return nil
	}
	why := "LianLian doesn't have it"
	if byHand {
		why += "; ended by hand"
	}
	_, err = c.leavesNoRoom(ctx, r, byHand, why)
	return err
}

// leavesNoRoom ends a refund when the gateway's signed word on the payment says that none is under way: PS, nothing was refunded, or, where
// part is enough, any state in which nothing is pending.
func (c *Checkout) leavesNoRoom(ctx context.Context, r models.Refund, part bool, why string) (bool, error) {
	status, err := c.stands(ctx, paymentOf(r))
	if err != nil {
		return false, models.ErrPending
	}
	if status != models.StatusPaid && (!part || !status.Received() || status == models.StatusRefundPending) {
		return false, nil
	}
	return true, c.endRefund(ctx, r, models.SourceQuery, why+"; the payment is "+string(status))
}

// CloseRefund ends a refund at an operator's wish. See handlers.RefundShop.
func (c *Checkout) CloseRefund(ctx context.Context, orderID, refundID int64) (models.Refund, error) {
	o, err := c.store.OrderByID(ctx, orderID)
	if err != nil {
		return models.Refund{}, err
	}
	at := slices.IndexFunc(o.Refunds, func(r models.Refund) bool { return r.ID == refundID })
	if at < 0 {
		return models.Refund{}, models.ErrNotFound
	}
	r := o.Refunds[at]
	if r.Status.Open() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refundTimeout)
		defer cancel()
		if err := c.pursue(ctx, r, true); err != nil {
			return r, err
		}
		if r, err = c.store.Refund(ctx, r.MerchantTransactionID); err != nil {
			return r, err
		}
	}
	if r.Status != models.RefundFailed {
		return r, models.ErrRefundOpen
	}
	return r, nil
}

// reconcileRefunds asks about every refund that is due now, once.
func (c *Checkout) reconcileRefunds(ctx context.Context) {
	for ctx.Err() == nil {
		claimed, err := c.store.ClaimRefunds(ctx, claimBatch, c.nextRefund)
		if err != nil {
			if ctx.Err() == nil {
				c.o.Log.ErrorContext(ctx, "claim due refunds", "error", err.Error())
			}
			return
		}
		var wg sync.WaitGroup
		slots := make(chan struct{}, askers)
		for _, r := range claimed {
			slots <- struct{}{}
			wg.Go(func() {
				c.settleRefund(ctx, r)
				<-slots
			})
		}
		wg.Wait()
		if len(claimed) < claimBatch {
			return
		}
	}
}

// settleRefund asks about one refund, and tells an operator when it takes too long.
func (c *Checkout) settleRefund(ctx context.Context, r models.Refund) {
	if err := c.pursue(ctx, r, false); err != nil && ctx.Err() == nil {
		c.o.Log.WarnContext(ctx, "refund not settled", "merchant_transaction_id", r.MerchantTransactionID, "error", err.Error())
	}
	r, err := c.store.Refund(ctx, r.MerchantTransactionID)
	if err != nil {
		return
	}
	var reason string
	age := c.o.Now().Sub(r.CreatedAt)
	switch {
	case r.Status == models.RefundCreated && r.Refused:
		reason = fmt.Sprintf("LianLian refused the refund of %s (%s), unsigned; look into its portal and end the refund here", r.Money, r.ReturnCode)
	case r.Status == models.RefundCreated && age >= lostAfter:
		reason = fmt.Sprintf("it isn't known whether LianLian has the refund of %s; look into its portal", r.Money)
	case r.Status == models.RefundPending && age >= slowAfter:
		reason = fmt.Sprintf("LianLian hasn't completed the refund of %s for three days", r.Money)
	default:
		return
	}
	if err := c.store.FlagRefund(ctx, r, reason); err != nil && ctx.Err() == nil {
		c.o.Log.ErrorContext(ctx, "flag a slow refund", "merchant_transaction_id", r.MerchantTransactionID, "error", err.Error())
	}
}

// nextRefund says when to ask about a refund again: at intervals of a quarter of its age up to 10 minutes, after 3 hours up to 6 hours, and
// daily beyond the horizon, until it ends.
func (c *Checkout) nextRefund(r models.Refund) time.Time {
	now := c.o.Now().UTC()
	age := now.Sub(r.CreatedAt)
	switch {
	case age >= c.o.ReconcileHorizon:
		return now.Add(daily)
	case age >= adaptive:
		return now.Add(min(max(age/4, longest), sixHours))
	}
	return now.Add(min(max(age/4, shortest), longest))
}
