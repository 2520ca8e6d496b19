package handlers

import (
	"context"
	"fmt"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// Email writes an e-mail about an order, in the order's language and to the buyer's address. The caller gives it its id.
func (h *Handler) Email(ctx context.Context, o models.Order, kind models.MailKind) (models.Email, error) {
	p := views.Page{Site: h.site(ctx), Lang: views.MatchLanguage(o.Language, "", "", h.o.Locale), Path: "/", Now: h.o.Now()}
	link := h.orderURL(o)
	l := models.Email{To: o.Customer.Email}
	body := views.ReceiptEmail(p, o, link)
	switch kind {
	case models.MailReceipt:
		l.Subject, l.Text = views.ReceiptSubject(p, o), views.ReceiptText(p, o, link)
	case models.MailLink:
		l.Subject, l.Text, body = views.LinkSubject(p, o), views.LinkText(p, o, link), views.LinkEmail(p, o, link)
	default:
		return l, fmt.Errorf("there are no e-mails of kind %q", kind)
	}
	b := buffer()
	defer release(b)
	if err := body.Render(ctx, b); err != nil {
		return l, fmt.Errorf("write an e-mail: %w", err)
	}
	l.HTML = b.String()
	return l, nil
}
