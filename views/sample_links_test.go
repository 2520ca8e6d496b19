package views_test

import (
	"net/url"
	"time"

	"lianlian-checkout/models"
	"lianlian-checkout/views"

	"github.com/a-h/templ"
)

// deposit is a payment link for one sum; teas sells goods, and tip lets the payer name the sum.
var (
	deposit = models.Link{
		ID: 3, Code: "aB3dE6gH9jK2", CreatedAt: now.Add(-time.Hour), Paid: 1,
		LinkPart:  models.LinkPart{Title: text("Deposit for the tasting", "品茶会订金", "品茶會訂金"), ExpiresAt: now.Add(240 * time.Hour)},
		LinkTerms: models.LinkTerms{Amount: hkd(10000), Reference: "T-7", MaxPayments: 2, Question: text("Your name", "您的姓名", "您的姓名")},
	}
	teas = models.Link{ID: 4, Code: "goods", LinkPart: models.LinkPart{Title: text("Two cups", "两只茶杯", "兩隻茶杯")}, LinkTerms: models.LinkTerms{Items: []models.CartItem{{SKU: "celadon-cup", Quantity: 2}}}}
	tip  = models.Link{
		ID: 5, Code: "tip", LinkPart: models.LinkPart{Title: text("Pay at the counter", "柜台付款", "櫃檯付款")},
		LinkTerms: models.LinkTerms{Free: true, Least: hkd(1000), Most: hkd(500000), Suggested: hkd(5000)},
	}
)

func linkForm(l models.Link, amount string, errors ...models.FieldError) views.CheckoutForm {
	f := form()
	f.Items, f.PayLink, f.Extra, f.Errors = "", &views.PayLink{Link: l, Amount: amount}, l.Ask(), errors
	f.Cart = l.Cart(0, catalogue(), "HKD")
	return f
}

func linkSamples() []sample {
	closed := func(why string) func(p views.Page) templ.Component {
		return func(p views.Page) templ.Component { return views.LinkClosed(p, deposit, why) }
	}
	return []sample{
		{"link", func(p views.Page) templ.Component { return views.Checkout(p, linkForm(deposit, "")) }},
		{"link_goods", func(p views.Page) templ.Component { return views.Checkout(p, linkForm(teas, "")) }},
		{"link_free", func(p views.Page) templ.Component { return views.Checkout(p, linkForm(tip, "50")) }},
		{"link_free_wrong", func(p views.Page) templ.Component {
			return views.Checkout(p, linkForm(tip, "9,99", models.FieldError{Field: "amount", Rule: "format"}))
		}},
		{"link_free_least", func(p views.Page) templ.Component {
			return views.Checkout(p, linkForm(tip, "1", models.FieldError{Field: "amount", Rule: "least"}))
		}},
		{"link_used_up", closed("used_up")}, {"link_taken", closed("taken")}, {"link_expired", closed("expired")}, {"link_inactive", closed("inactive")},
		{"link_sold_out", closed(views.LinkSoldOut)},
		{"admin_sheet", func(p views.Page) templ.Component {
			return views.LinkSheet(p, views.SheetView{Link: deposit, Goods: deposit.Cart(0, nil, "HKD"), URL: "https://shop.example/pay/pay/x", Wallets: models.Processors, Size: "a6"})
		}},
		{"admin_sheet_free", func(p views.Page) templ.Component {
			p.Site.Simulator = false
			return views.LinkSheet(p, views.SheetView{Link: tip, Goods: tip.Cart(0, nil, "HKD"), URL: "https://shop.example/pay/pay/x", Wallets: models.Processors[:1], Size: "a4"})
		}},
		{"admin_links", func(p views.Page) templ.Component {
			p.Admin, p.Role, p.Path = "owner", models.RoleOwner, "/admin/links"
			return views.AdminLinks(p, views.LinksView{List: models.LinkList{Links: []models.Link{deposit, teas, tip}, Next: "3"}, Cursor: "9"})
		}},
		{"admin_links_empty", func(p views.Page) templ.Component { return views.AdminLinks(p, views.LinksView{}) }},
		{"admin_link", func(p views.Page) templ.Component {
			values := url.Values{"title_en": {"Deposit"}, "active": {"1"}, "expires": {"2026-12-03"}}
			return views.AdminLink(p, views.LinkView{Link: deposit, URL: "https://shop.example/pay/pay/x", Notice: string(views.NoticeLinkMade), Form: views.LinkForm{Values: values}})
		}},
		{"admin_link_goods", func(p views.Page) templ.Component { return views.AdminLink(p, views.LinkView{Link: teas}) }},
		{"admin_link_free", func(p views.Page) templ.Component { return views.AdminLink(p, views.LinkView{Link: tip}) }},
		{"admin_new_link", func(p views.Page) templ.Component { return views.AdminNewLink(p, views.LinkForm{Goods: shelf}) }},
		{"admin_new_link_wrong", func(p views.Page) templ.Component {
			return views.AdminNewLink(p, views.LinkForm{
				Goods: shelf, Values: url.Values{"kind": {"items"}, "sku_1": {"oolong-50"}, "quantity_1": {"x"}, "max_payments": {"-1"}},
				Errors: []models.FieldError{
					{Field: "title", Rule: "required"}, {Field: "items", Rule: "quantity"}, {Field: "max_payments", Rule: "format"}, {Field: "expires_at", Rule: "past"},
					{Field: "reference", Rule: "too_long", Limit: 64}, {Field: "question", Rule: "characters"}, {Field: "amount", Rule: "required"},
				},
			})
		}},
	}
}
