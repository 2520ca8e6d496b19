package checkout

import (
	"context"
	"strconv"

	"lianlian-checkout/models"
)

// Told is how the order of a payment stands and what was said about it, in the words of the desk's timeline, and the order's page at the
// desk. Errors: models.ErrNotFound.
func (c *Checkout) Told(ctx context.Context, merchantTransactionID, lang string) (status string, lines []string, address string, err error) {
	list, err := c.store.Orders(ctx, models.OrderFilter{Query: merchantTransactionID, Limit: 1})
	if err != nil {
		return "", nil, "", err
	}
	if len(list.Orders) == 0 {
		return "", nil, "", models.ErrNotFound
	}
	o := list.Orders[0]
	status, lines, err = c.pages.Told(ctx, lang, o)
	return status, lines, c.url("/admin/orders/" + strconv.FormatInt(o.ID, 10)), err
}
