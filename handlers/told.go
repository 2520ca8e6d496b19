package handlers

import (
	"context"

	"lianlian-checkout/models"
)

// Told is how an order stands and what was said about it, in one of the pages' languages. A language that isn't one is English.
func (h *Handler) Told(ctx context.Context, lang string, o models.Order) (status string, lines []string, err error) {
	events, err := h.o.Shop.History(ctx, o.ID)
	if err != nil {
		return "", nil, err
	}
	status, lines = h.site(ctx).Told(lang, o, events)
	return status, lines, nil
}
