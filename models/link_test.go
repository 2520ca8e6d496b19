package models_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"lianlian-checkout/models"
)

func TestLinkCheck(t *testing.T) {
	t.Parallel()
	hkd := func(n int64) models.Money { return money(n, "HKD") }
	title := models.LinkPart{Title: models.Text{"zh-Hant": "訂金"}}
	fixed := models.LinkTerms{Amount: hkd(10000)}
	for _, tt := range []struct {
		name  string
		terms models.LinkTerms
		part  models.LinkPart
		want  string // fields and rules that are wrong
	}{
		{"a sum", fixed, title, ""},
		{"goods", models.LinkTerms{Items: []models.CartItem{{SKU: "thing", Quantity: 2}}}, title, ""},
		{"the payer's sum", models.LinkTerms{Free: true}, title, ""},
		{"between two sums", models.LinkTerms{Free: true, Least: hkd(1000), Most: hkd(2000), Suggested: hkd(1500)}, title, ""},
		{"nothing to pay", models.LinkTerms{}, title, "amount: required"},
		{"two things to pay", models.LinkTerms{Free: true, Amount: hkd(1)}, title, "amount: required"},
		{"no title", fixed, models.LinkPart{}, "title: required"},
		{"title too long", fixed, models.LinkPart{Title: models.Text{"en": strings.Repeat("茶", 61)}}, "title: too_long (60)"},
		{"title of two lines", fixed, models.LinkPart{Title: models.Text{"en": "a\nb"}}, "title: characters"},
		{"title in no language of ours", fixed, models.LinkPart{Title: models.Text{"en": "a", "fr": "b"}}, "title: unknown"},
		{"over before it began", fixed, models.LinkPart{Title: title.Title, ExpiresAt: noon}, "expires_at: past"},
		{"less than nothing", models.LinkTerms{Amount: hkd(-1)}, title, "amount: amount"},
		{"another currency", models.LinkTerms{Amount: money(100, "USD")}, title, "amount: currency"},
		{"more than the gateway carries", models.LinkTerms{Amount: hkd(models.MaxAmount + 1)}, title, "amount: amount"},
		{"most below least", models.LinkTerms{Free: true, Least: hkd(2000), Most: hkd(1000)}, title, "most: below_least"},
		{"a suggestion below the least", models.LinkTerms{Free: true, Least: hkd(2000), Suggested: hkd(1000)}, title, "suggested: out_of_range"},
		{"no pieces", models.LinkTerms{Items: []models.CartItem{{SKU: "thing"}}}, title, "items: quantity (9999)"},
		{"a price beside the goods", models.LinkTerms{Items: []models.CartItem{{SKU: "thing", Quantity: 1, Amount: 1}}}, title, "items: quantity (9999)"},
		{"a negative limit", models.LinkTerms{Amount: hkd(1), MaxPayments: -1}, title, "max_payments: format"},
		{"a reference that breaks lines", models.LinkTerms{Amount: hkd(1), Reference: "a\r\nb"}, title, "reference: characters"},
		{"a long question", models.LinkTerms{Amount: hkd(1), Question: models.Text{"en": strings.Repeat("?", 61)}}, title, "question: too_long (60)"},
	} {
		err := models.Link{LinkTerms: tt.terms, LinkPart: tt.part}.Check("HKD", noon)
		got := ""
		if invalid := (*models.InvalidError)(nil); errors.As(err, &invalid) {
			got = strings.TrimPrefix(err.Error(), "invalid input: ")
		} else if err != nil {
			t.Errorf("%s: %v isn't an InvalidError", tt.name, err)
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	if err := (models.Link{LinkTerms: models.LinkTerms{Amount: money(150, "JPY")}, LinkPart: title}).Check("JPY", noon); err == nil {
		t.Error("a yen and a half is taken")
	}
}

// TestLinkCart: what is paid is the link's to say, and the payer's only where the link lets them.
func TestLinkCart(t *testing.T) {
	t.Parallel()
	shelf := map[string]models.Product{"thing": {Slug: "thing", Variants: []models.Variant{{SKU: "thing", Price: money(16800, "HKD"), CostPrice: money(20000, "HKD")}}}}
	free := models.LinkTerms{Free: true, Least: money(1000, "HKD"), Most: money(50000, "HKD")}
	for _, tt := range []struct {
		name     string
		terms    models.LinkTerms
		amount   int64
		currency string
		total    int64 // 0 where it can't be bought
		why      string
	}{
		{"a sum", models.LinkTerms{Amount: money(10000, "HKD")}, 0, "HKD", 10000, ""},
		{"a sum, and another one named", models.LinkTerms{Amount: money(10000, "HKD")}, 1, "HKD", 10000, ""},
		{"goods, and a sum named", models.LinkTerms{Items: []models.CartItem{{SKU: "thing", Quantity: 2}}}, 1, "HKD", 33600, ""},
		{"goods that are gone", models.LinkTerms{Items: []models.CartItem{{SKU: "gone", Quantity: 2}}}, 0, "HKD", 0, ""},
		{"the least", free, 1000, "HKD", 1000, ""},
		{"below it", free, 999, "HKD", 0, "least"},
		{"nothing", free, 0, "HKD", 0, "least"},
		{"less than nothing", free, -5000, "HKD", 0, "least"},
		{"the most", free, 50000, "HKD", 50000, ""},
		{"above it", free, 50001, "HKD", 0, "most"},
		{"more than there is", models.LinkTerms{Free: true}, models.MaxAmount + 1, "HKD", 0, "format"},
		{"yen", models.LinkTerms{Free: true}, 100, "JPY", 100, ""},
		{"half a yen", models.LinkTerms{Free: true}, 150, "JPY", 0, "whole"},
		{"the shop's currency has changed", models.LinkTerms{Amount: money(10000, "HKD")}, 0, "USD", 0, ""},
	} {
		l := models.Link{Code: "abc", LinkTerms: tt.terms}
		c := l.Cart(tt.amount, shelf, tt.currency)
		if c.Buyable() != (tt.total > 0) || c.Total.Amount != tt.total || c.Total.Currency != tt.currency {
			t.Errorf("%s: buyable %v, %s; want %d", tt.name, c.Buyable(), c.Total, tt.total)
		}
		if why := l.Fits(money(tt.amount, tt.currency)); tt.terms.Free && why != tt.why {
			t.Errorf("%s: %q, want %q", tt.name, why, tt.why)
		}
	}
}

func TestLinkState(t *testing.T) {
	t.Parallel()
	once := models.LinkTerms{MaxPayments: 2}
	for _, tt := range []struct {
		link models.Link
		want models.LinkState
	}{
		{models.Link{Paid: 1000}, models.LinkOpen},
		{models.Link{LinkPart: models.LinkPart{ExpiresAt: noon.Add(time.Millisecond)}}, models.LinkOpen},
		{models.Link{LinkPart: models.LinkPart{ExpiresAt: noon}}, models.LinkExpired},
		{models.Link{LinkPart: models.LinkPart{Inactive: true, ExpiresAt: noon}}, models.LinkInactive},
		{models.Link{LinkTerms: once, Paid: 1}, models.LinkOpen},
		{models.Link{LinkTerms: once, Paid: 1, Waiting: 1}, models.LinkTaken},
		{models.Link{LinkTerms: once, Waiting: 2}, models.LinkTaken},
		{models.Link{LinkTerms: once, Paid: 2}, models.LinkUsedUp},
		{models.Link{LinkTerms: once, Paid: 3}, models.LinkUsedUp},
	} {
		if got := tt.link.State(noon); got != tt.want {
			t.Errorf("%+v is %s, want %s", tt.link, got, tt.want)
		}
	}
}
