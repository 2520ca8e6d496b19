package views

import (
	"time"

	"lianlian-checkout/models"
)

// over tells whether an order that ended without money can't be paid any more.
func (v OrderView) over(p Page) bool {
	return !v.Order.Payable(p.Now) && (v.Order.Status == models.OrderCancelled || v.Order.Status == models.OrderExpired || v.Order.Status == models.OrderFailed)
}

// mayExtend tells whether more time makes sense: the merchant may have given a session so much that the shop's own is less.
func (v OrderView) mayExtend(p Page) bool {
	return !v.Order.Session || v.Order.ExpiresAt.Sub(p.Now) < longWait
}

// longWait is when a session's countdown isn't worth extending.
const longWait = 10 * time.Minute
