package handlers

import (
	"context"
	"fmt"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// Letter writes a letter about an order, in the order's language and to the buyer's address. The caller gives it its id.
func (h *Handler) Letter(ctx context.Context, o models.Order, kind models.MailKind) (models.Letter, error) {
	p := views.Page{Site: h.o.Site, Lang: views.MatchLanguage(o.Language, "", "", h.o.Locale), Path: "/", Now: h.o.Now()}
	link := h.o.BaseURL.Scheme + "://" + h.o.BaseURL.Host + h.orderPath(o.Token)
	l := models.Letter{To: o.Customer.Email}
	body := views.ReceiptLetter(p, o, link)
	switch kind {
	case models.MailReceipt:
		l.Subject, l.Text = views.ReceiptSubject(p, o), views.ReceiptText(p, o, link)
	case models.MailLink:
		l.Subject, l.Text, body = views.LinkSubject(p, o), views.LinkText(p, o, link), views.LinkLetter(p, o, link)
	default:
		return l, fmt.Errorf("there are no letters of kind %q", kind)
	}
	b := buffer()
	defer release(b)
	if err := body.Render(ctx, b); err != nil {
		return l, fmt.Errorf("write a letter: %w", err)
	}
	l.HTML = b.String()
	return l, nil
}
