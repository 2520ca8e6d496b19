package views_test

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/models"
	"lianlian-checkout/views"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
)

func render(t testing.TB, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func parse(t testing.TB, html string) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(html))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestEveryPage holds what is true of every page in every state and language.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		for _, lang := range views.Languages {
			t.Run(s.name+"/"+lang, func(t *testing.T) {
				t.Parallel()
				html := render(t, s.draw(page(lang)))
				doc := parse(t, html)
				checkWords(t, doc, html, lang)
				checkPolicy(t, doc)
				checkAccess(t, doc)
			})
		}
	}
}

func checkWords(t *testing.T, doc *goquery.Document, html, lang string) {
	t.Helper()
	if i := strings.Index(html, "[["); i >= 0 {
		t.Errorf("a text is missing near %.80q", html[i:])
	}
	if i := strings.Index(html, "{{"); i >= 0 {
		t.Errorf("a placeholder is left near %.80q", html[i:])
	}
	if got := doc.Find("html").AttrOr("lang", ""); got != lang {
		t.Errorf("html lang is %q, want %q", got, lang)
	}
	if title := doc.Find("head title").Text(); !strings.HasSuffix(title, " · Tidewater Tea & Clay") || strings.HasPrefix(title, " ·") {
		t.Errorf("title is %q", title)
	}
	if n := doc.Find("h1").Length(); n != 1 {
		t.Errorf("%d h1 elements, want 1", n)
	}
	if lang != "en" && regexp.MustCompile(`\b(Pay|Order|Cart|Your|Choose)\b`).MatchString(
		strings.NewReplacer("AlipayHK", "", "WeChat Pay HK", "").Replace(doc.Find("main h1, main h2, main label, main button, main legend").Text())) {
		t.Errorf("English words on a Chinese page: %q", doc.Find("main h1, main h2, main label, main button, main legend").Text())
	}
}

// checkPolicy: nothing inline, nothing of a third party, every link and form below the base path.
func checkPolicy(t *testing.T, doc *goquery.Document) {
	t.Helper()
	doc.Find("*").Each(func(_ int, el *goquery.Selection) {
		for _, a := range el.Nodes[0].Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("inline %s on <%s>", a.Key, el.Nodes[0].Data)
			}
			switch a.Key {
			case "src", "href", "action":
				if !strings.HasPrefix(a.Val, "/pay/") && !strings.HasPrefix(a.Val, "#") && a.Val != "mailto:hello@shop.example" {
					t.Errorf("<%s %s=%q> leads outside the site", el.Nodes[0].Data, a.Key, a.Val)
				}
			}
		}
	})
	doc.Find("style, script:not([src]), iframe, object, base").Each(func(_ int, el *goquery.Selection) {
		t.Errorf("<%s> on the page", el.Nodes[0].Data)
	})
}

// checkAccess: every control has a name, every reference leads somewhere, every picture says what it is.
func checkAccess(t *testing.T, doc *goquery.Document) {
	t.Helper()
	ids := map[string]bool{}
	doc.Find("[id]").Each(func(_ int, el *goquery.Selection) {
		id := el.AttrOr("id", "")
		if ids[id] {
			t.Errorf("id %q stands twice", id)
		}
		ids[id] = true
	})
	doc.Find("input:not([type=hidden]), select, textarea").Each(func(_ int, el *goquery.Selection) {
		id := el.AttrOr("id", "")
		if doc.Find(`label[for="`+id+`"]`).Length() == 0 && el.Closest("label").Length() == 0 && el.AttrOr("aria-label", "") == "" {
			t.Errorf("control %q has no label", el.AttrOr("name", ""))
		}
	})
	doc.Find("img").Each(func(_ int, el *goquery.Selection) {
		if _, ok := el.Attr("alt"); !ok {
			t.Errorf("img %q has no alt", el.AttrOr("src", ""))
		}
	})
	doc.Find("p").Each(func(_ int, el *goquery.Selection) {
		before := ""
		el.Contents().Each(func(_ int, part *goquery.Selection) {
			if goquery.NodeName(part) == "a" && glued.MatchString(before) {
				t.Errorf("no blank between %q and %q", before, part.Text())
			}
			before = ""
			if goquery.NodeName(part) == "#text" {
				before = part.Text()
			}
		})
	})
	doc.Find("button, a, summary").Each(func(_ int, el *goquery.Selection) {
		if strings.TrimSpace(el.Text()) == "" && el.AttrOr("aria-label", "") == "" {
			t.Errorf("<%s> without words", el.Nodes[0].Data)
		}
	})
	doc.Find("[aria-describedby], [aria-labelledby], [aria-controls], label[for], a[href^='#']").Each(func(_ int, el *goquery.Selection) {
		refs := strings.Fields(el.AttrOr("aria-describedby", "") + " " + el.AttrOr("aria-labelledby", "") + " " + el.AttrOr("aria-controls", "") + " " + el.AttrOr("for", ""))
		if href := el.AttrOr("href", ""); strings.HasPrefix(href, "#") {
			refs = append(refs, href[1:])
		}
		for _, id := range refs {
			if !ids[id] {
				t.Errorf("<%s> refers to %q, which isn't on the page", el.Nodes[0].Data, id)
			}
		}
	})
	if doc.Find("a.skip[href='#main']").Length() != 1 || doc.Find("main#main").Length() != 1 {
		t.Error("no skip link to the content")
	}
	doc.Find("fieldset").Each(func(_ int, el *goquery.Selection) {
		if el.Children().First().Nodes[0].Data != "legend" {
			t.Error("a fieldset doesn't begin with its legend")
		}
	})
}

// glued ends with something that a link must not follow without a blank.
var glued = regexp.MustCompile(`[\w.,:;?!]$`)

// onlyWithin is what no page inside another site's page has: a link or a form that leads to a page that can't be framed.
var onlyWithin = []string{"footer", "[data-testid=cart-link]", ".brand[href]",
	"a:not([target]):not([href^='/pay/embed/']):not([href^='#'])", "form:not([target]):not([action^='/pay/embed/'])"}

// TestPages says of each page what must be there and what must not.
func TestPages(t *testing.T) {
	t.Parallel()
	id := func(name string) string { return `[data-testid="` + name + `"]` }
	tests := []struct {
		sample    string
		want, not []string
	}{
		{"shop", []string{`[data-testid="product-card"][data-slug="celadon-cup"] ` + id("add-to-cart"), `[data-slug="oolong"] ` + id("choose"), `[data-slug="kiln-fund"] ` + id("choose"), `[data-slug="celadon-cup"] del`, `[data-slug="teapot"] [data-sold-out]`},
			[]string{`[data-slug="teapot"] form`, `[data-slug="teapot"] a.button`, `[data-slug="kiln-fund"] form`, "noscript"}},
		{"shop_empty", []string{".empty"}, []string{id("product-card")}},
		{"product", []string{"form[data-add] " + id("quantity"), "input[name=sku][value=celadon-cup]", "input[name=action][value=add]", id("stock"), "del"}, []string{id("added"), id("problem"), "[name=amount]", "[type=radio]"}},
		{"product_added", []string{id("added") + ` a[href="/pay/cart"]`}, []string{id("problem")}},
		{"product_variants", []string{"fieldset input[value=oolong-150][checked]", "input[value=oolong-300][disabled]", id("problem"), id("quantity") + "[value='99']"}, []string{"input[value=oolong-50][checked]", "input[type=hidden][name=sku]"}},
		{"product_free", []string{"#amount[value='1'][aria-describedby~=product-problem]", ".field.invalid"}, []string{id("quantity"), "del"}},
		{"product_sold_out", []string{id("stock")}, []string{"main form"}},
		{"cart", []string{id("cart-line") + "[data-sku=oolong-150]", id("cart-total"), id("to-checkout") + `[href="/pay/checkout"]`, "form input[name=action][value=remove]", "form[data-autosubmit] button[type=submit]"}, []string{id("problem"), id("cart-blocked"), id("cart-empty")}},
		{"cart_problems", []string{id("cart-line") + "[data-sku=celadon-cup] " + id("problem"), "[data-sku=teapot] " + id("problem"), id("cart-orphan") + " input[value=gone]", id("cart-blocked")}, []string{id("to-checkout"), "[data-sku=oolong-50] " + id("problem")}},
		{"cart_empty", []string{id("cart-empty") + ` a[href="/pay/"]`}, []string{id("to-checkout"), id("cart-line")}},
		{"order_choose", []string{id("choose-form") + "[novalidate][data-once]", "#full_name[required]", "#phone", "#country", "#state", "#gender", "#extra", "fieldset input[name=payment_processor]", id("pay-button"), id("until"),
			id("cancel-url") + "[href^='/pay/their-cart?order_id=']"}, []string{"#email", "[data-live]", "meta[http-equiv=refresh]", id("qr"), id("countdown"), id("error-summary")}},
		{"order_choose_wallet", []string{id("choose-form"), id("pay-button")}, []string{"#contact-title", "input[type=text]"}},
		{"order_choose_errors", []string{id("error-summary") + " a[href='#email']", "#email[value=nobody][aria-invalid=true]", id("error-payment_processor")}, nil},
		{"order_choose_wechat", []string{id("guide-link") + "[value='https://shop.example/pay/orders/t0ken']", id("wallet-alipayhk") + " input[disabled]"}, nil},
		{"order_session_expired", []string{id("cancel-url") + ".button", "h1[data-result]"}, []string{"main form", id("retry-form")}},
		{"order_session_cancelled", []string{id("cancel-url") + ".button"}, []string{"main form"}},
		{"checkout", []string{id("checkout-form") + "[novalidate][data-once]", "input[name=intent][value=intent-1]", "input[name=fingerprint]", "input[name=items]", "#email[type=email][autocomplete=email][required]",
			"#full_name[autocomplete=name][required]", "#phone[autocomplete=tel-national]:not([required])", "#phone_area option[value='852'][selected]", "fieldset input[name=payment_processor][value=alipayhk][checked]", id("pay-button"), id("cart-total"), id("wallet-alipayhk"), id("wallet-alipaycn"), id("wallet-wechathk"), id("wallet-wechatcn"),
			"#state optgroup[data-country=US] option[value=US-CA]", "#postal_code[autocomplete=postal-code]", "#line1[autocomplete=address-line1]", "#country option[value='']", id("summary") + "[open]"},
			[]string{id("error-summary"), id("address") + "[open]", id("note-fold") + "[open]", "[aria-invalid]", "#first_name", "#gender", "#id_no", "input[checked] ~ input[checked]"}},
		{"checkout_phone", []string{id("wallet-alipayhk") + " input[disabled]", "input[value=wechathk][checked]", id("pay-button"), id("guide") + " " + id("guide-link") + "[value='https://shop.example/pay/checkout?items=celadon-cup%3A2']",
			id("device-choice") + "[href='/pay/cart?device=phone']"}, []string{id("summary") + "[open]", "input[value=alipayhk][checked]"}},
		{"checkout_nothing_works", []string{id("guide") + "[open] svg", id("guide-link"), id("device-choice")}, []string{id("pay-button"), "input[name=payment_processor]:not([disabled])"}},
		{"checkout_other_app", []string{id("guide") + ":not([open])", id("pay-button"), "form[action='/pay/checkout?items=celadon-cup%3A2']"}, []string{"input[disabled]"}},
		{"checkout_errors", []string{id("error-summary") + "[tabindex='-1'][autofocus]", id("error-summary") + " a[href='#email']", id("error-summary") + " a[href='#wallet-alipayhk']", id("error-summary") + " a[href='#note']",
			"#email[aria-invalid=true][aria-describedby~=email-error][value=nobody]", id("address") + "[open]", id("note-fold") + "[open]", "#country option[value=US][selected]", "#state optgroup[data-country=US] option[value=US-PA][selected]", "#phone_area option[value='1'][selected]", "#phone[value='415']",
			"#id_no[required]", "#id_type", "#gender", "#country[required]", "#note"},
			[]string{"#state optgroup[data-country=BR] option[selected]", "#line2[aria-invalid]", "#country option[value='']", "#first_name"}},
		{"checkout_declined", []string{id("declined") + "[data-return-code=INVALID_PARAMETER][role=alert]", id("pay-button")}, []string{id("error-summary")}},
		{"checkout_declined_field", []string{id("error-summary") + " a[href='#postal_code']", "#postal_code[aria-invalid]", id("address") + "[open]"}, []string{id("declined")}},
		{"checkout_price_changed", []string{id("notice") + "[data-notice=price_changed]", id("pay-button")}, []string{id("error-summary")}},
		{"checkout_extra", []string{"#extra[value='For grandmother'][aria-invalid=true][data-limit='10'][required]", "label[for=extra]", "#extra-hint", id("error-extra"), id("error-summary") + " a[href='#extra']"}, nil},
		{"find", []string{"form[method=post][action='/pay/find'] #number[required]", "#email[autocomplete=email][required]", id("find-button")}, []string{id("error-summary"), id("find-sent")}},
		{"find_errors", []string{id("error-summary") + "[autofocus] a[href='#number']", id("error-summary") + " a[href='#email']", "#number[aria-invalid=true][value='7K3M']"}, nil},
		{"find_none", []string{id("error-summary") + " a[href='#number']", "#number[value='7K3M-Q2XD']", "#email[value='siuming@mail.example']", `a[href="mailto:hello@shop.example"]`}, []string{"[aria-invalid]"}},
		{"find_sent", []string{id("find-sent") + ` a[href="/pay/find"]`}, []string{"main form"}},
		{"checkout_blocked", []string{id("cart-blocked") + ` a[href="/pay/cart"]`}, []string{id("checkout-form"), id("pay-button")}},
		{"checkout_empty", []string{id("cart-empty")}, []string{id("checkout-form"), id("pay-button")}},
		{"order_open", []string{"[data-live][data-status=open]", "noscript", id("retry-button"), id("amount")}, []string{id("qr"), id("receipt"), id("pay-here")}},
		{"order_pending", []string{".bought " + id("extra"), "#order[data-live][data-events='/pay/orders/tok/events'][data-poll='/pay/orders/tok/status'][data-scanned=false]", id("qr") + "[src='/pay/orders/tok/qr.svg'][width='264'][height='264'][alt*='646']",
			id("countdown"), id("live") + "[role=status]", "ol.steps li:nth-child(3) svg", "form[action='/pay/orders/tok/pay'] " + id("pay-here"), "form[action='/pay/orders/tok/retry'] " + id("retry-button"), id("short-link") + "[readonly]", id("copy-link") + "[hidden]", id("more-time"), id("order-number"), "noscript", id("any-wallet"), id("device-choice") + "[href$='device=phone']"},
			[]string{id("receipt"), id("declined"), ".live.scanned", id("switch-wallet") + " " + id("wallet-alipayhk")}},
		{"order_scanned", []string{"#order[data-scanned=true]", ".live.scanned", id("qr")}, []string{id("receipt")}},
		{"order_extended", []string{id("notice") + "[data-notice=extended]", id("qr")}, nil},
		{"order_phone", []string{id("pay-here"), id("countdown"), "[data-live]", id("switch-wallet") + " " + id("wallet-wechathk"), id("device-choice") + "[href$='device=desktop']"}, []string{id("qr"), id("short-link"), ".steps", id("guide")}},
		{"order_other_app", []string{id("pay-here"), id("guide") + ":not([open]) svg", id("guide-link") + "[value='https://shop.example/pay/p/code']"}, []string{id("qr")}},
		{"order_other_wallet", []string{"form[action='/pay/orders/tok/retry'] input[value=wechathk] ~ " + id("here-wechathk"), id("here-wechatcn"), id("guide") + ":not([open])", id("guide-link"), id("countdown"), "[data-live]"},
			[]string{id("pay-here"), id("here-alipayhk"), id("qr"), id("switch-wallet")}},
		{"order_nothing_works", []string{id("guide") + "[open] svg", id("guide-link")}, []string{id("pay-here"), "button[data-testid^=here]"}},
		{"order_unknown_device", []string{id("qr"), id("pay-here"), id("device-choice") + "[href$='device=phone']"}, nil},
		{"order_chosen_device", []string{id("qr"), id("device-choice") + "[href$='device=auto']"}, []string{id("pay-here")}},
		{"order_confirming", []string{"[data-live]", "noscript", id("pay-here")}, []string{id("qr"), id("receipt")}},
		{"order_processing", []string{"[data-live]", "noscript", id("live")}, []string{id("qr"), id("retry-button"), id("pay-here"), id("receipt")}},
		{"order_paid", []string{".mark.positive", ".ask " + id("next-step") + "[href='/pay/']", "h1[data-result]", id("receipt"), id("order-number"), id("print") + "[hidden]", id("receipt") + " " + id("extra"), `footer a[href="/pay/find"]`, ".receipt time[datetime='2026-11-23T07:03:05Z']"}, []string{"[data-live]", "noscript", id("qr"), id("retry-button"), id("pay-here")}},
		{"order_failed", []string{".mark.negative", id("retry-button"), id("wallet-wechatcn")}, []string{"[data-live]", id("receipt"), id("qr")}},
		{"order_failed_declined", []string{id("declined") + "[data-decline-code=insufficient_funds]", id("retry-button")}, []string{id("receipt")}},
		{"order_expired", []string{".mark.neutral", id("retry-button")}, []string{"[data-live]", id("receipt"), id("countdown")}},
		{"order_cancelled", []string{id("retry-button")}, []string{"[data-live]", id("receipt")}},
		{"order_refused", []string{id("declined") + "[data-return-code=ANNUAL_LIMIT_EXCEEDED]", id("retry-button")}, []string{id("qr"), id("receipt")}},
		{"order_refund_pending", []string{id("receipt") + " .status-refund_pending"}, []string{id("retry-button"), ".mark.positive"}},
		{"order_partially_refunded", []string{id("receipt") + " .status-partially_refunded"}, []string{id("retry-button")}},
		{"order_refunded", []string{id("receipt") + " .status-refunded"}, []string{id("retry-button"), ".mark.positive"}},
		{"order_charged_back", []string{".ask " + id("next-step") + "[href^=mailto]", id("receipt") + " .status-charged_back", ".mark.negative"}, []string{id("retry-button")}},
		{"problem_internal", []string{id("problem-page"), id("reference"), `a[href="/pay/"]`, `main a[href="/pay/find"]`}, []string{"form"}},
		{"link", []string{id("pay-link") + " h1", id("cart-total"), "form[action='/pay/pay/aB3dE6gH9jK2'] " + id("pay-button"), "input[name=fingerprint]", "#extra[required]"}, []string{"#amount", "input[name=items]", "input[name=discount]", "a[href='/pay/cart'].plain"}},
		{"link_goods", []string{".lines .line", id("cart-total")}, []string{"#amount", "#extra"}},
		{"link_free", []string{"#amount[inputmode=decimal][required][value='50'][aria-describedby~=amount-hint]", id("pay-button")}, []string{id("cart-total")}},
		{"link_free_wrong", []string{id("error-summary") + " a[href='#amount']", "#amount[aria-invalid=true][value='9,99']", id("error-amount")}, nil},
		{"link_taken", []string{id("link-closed") + "[data-why=taken] a[href='/pay/pay/aB3dE6gH9jK2']"}, []string{"form"}},
		{"link_used_up", []string{id("link-closed") + "[data-why=used_up] a[href='/pay/']"}, []string{"form"}},
		{"admin_sheet", []string{id("sheet") + " " + id("simulator-band"), id("sheet-amount"), id("qr") + "[src='/pay/admin/links/3/qr.svg'][alt]", ".sheet-wallets li:nth-child(4)", id("sheet-link"), id("print"), "html.a6"}, []string{"form", id("cart-link")}},
		{"admin_sheet_free", []string{".sheet-free", "html.a4"}, []string{".sheet-amount", id("simulator-band"), ".sheet-wallets li:nth-child(2)"}},
		{"admin_links", []string{id("links-row") + "[data-state=open] a[href='/pay/admin/links/3']", id("new-link"), id("next-page") + "[href='/pay/admin/links?cursor=3']", ".console-nav a[aria-current][href='/pay/admin/links']"}, []string{id("links-empty")}},
		{"admin_links_empty", []string{id("links-empty"), id("new-link")}, []string{"table"}},
		{"admin_link", []string{id("link-url") + "[readonly]", id("sheet-a6") + "[href='/pay/admin/links/3/sheet?size=a6']", "form[action='/pay/admin/links/3'] #title_en[value=Deposit]", "#expires[type=date][value='2026-12-03']", id("link-active") + "[checked]", id("link-orders")},
			[]string{"#amount", "#max_payments", "[name=kind]", "#reference"}},
		{"admin_new_link", []string{id("kind-fixed") + "[checked]", "#amount[inputmode=decimal]", "#sku_1 option[value=oolong-50]", "#expires[type=date]", "#title_zh-Hant"}, []string{id("error-summary"), "option[value=kiln-fund]", "[aria-invalid]"}},
		{"admin_new_link_wrong", []string{id("kind-items") + "[checked]", "#sku_1 option[value=oolong-50][selected]", "#title_en[aria-invalid]", "#expires[aria-invalid]", id("error-summary") + " a[href='#sku_1']"}, nil},
		{"admin_login", []string{id("login-form") + " #password[type=password][autocomplete=current-password]", "#username[value=mei]", id("error-summary")}, []string{id("sign-out"), id("cart-link"), "#password[value]"}},
		{"admin_closed", []string{id("login-closed")}, []string{"main form"}},
		{"admin_orders", []string{id("admin-orders-row") + "[data-status=charged_back]", id("attention-flag"), ".chip[aria-current][href='/pay/admin/orders?q=7K3M&status=paid']", id("next-page") + "[href='/pay/admin/orders?cursor=11&q=7K3M&status=paid']", id("first-page") + "[href='/pay/admin/orders?q=7K3M&status=paid']", "#q[value='7K3M']", id("sign-out"), "td.figure"}, []string{id("cart-link")}},
		{"shop", []string{"[data-testid=product-card]"}, []string{id("search"), id("category"), id("found")}},
		{"shop_search", []string{id("search") + "[method=get]", "#q[value='茶 cup']", id("category") + "[href='/pay/?category=Tea&q=%E8%8C%B6+cup']", id("found") + "[role=status]", "a" + id("search-clear"), "input[name=next][value='/?q=%E8%8C%B6+cup']",
			"a[href='/pay/language?lang=zh-Hans&next=%2Fcart']"}, []string{id("nothing-found"), id("shop-empty")}},
		{"shop_nothing", []string{id("nothing-found") + " a[href='/pay/']", id("category") + "[aria-current][href='/pay/?category=Tea&q=coffee']", "input[type=hidden][name=category][value=Tea]"}, []string{"[data-testid=product-card]"}},
		{"shop_empty", []string{id("shop-empty")}, []string{id("nothing-found"), id("search")}},
		{"cart", []string{"form[action='/pay/cart/discount'] #discount", id("discount-fold")}, []string{id("discount"), id("discount-fold") + "[open]", id("discount-kept")}},
		{"cart_discount", []string{id("discount"), id("subtotal"), id("discount-kept") + " input[name=action][value=remove]"}, []string{"#discount", id("cart-line") + ":nth-child(4)"}},
		{"cart_discount_refused", []string{id("discount-fold") + "[open] #discount[aria-describedby=discount-error]", "#discount-error[data-problem=min_total]"}, []string{id("discount"), id("discount-kept")}},
		{"embed_checkout", []string{"html[data-host='https://blog.example']", "script[src$='/frame.js']", "body.framed.modal", "form[action='/pay/embed/checkout?items=celadon-cup%3A2&locale=en&mode=modal&origin=https%3A%2F%2Fblog.example']",
			"nav.languages a[lang=zh-Hant][href*='locale=zh-Hant'][href*='origin=https'][href*='items=celadon']", id("device-choice") + "[href^='/pay/embed/checkout?device=phone']", id("simulator-band")}, onlyWithin},
		{"embed_alone", []string{"form[action='/pay/embed/checkout?items=celadon-cup%3A2&locale=en&mode=modal']", "footer"}, []string{"html[data-host]", "script[src$='/frame.js']", "body.framed", id("cart-link"), ".brand[href]", "main a[href='/pay/cart']"}},
		{"embed_refused", []string{id("not-for-sale") + " .line:nth-child(3)", id("not-for-sale") + " li:nth-child(4)"}, append(onlyWithin, id("checkout-form"))},
		{"embed_unknown", []string{id("not-for-sale") + " .lead"}, append(onlyWithin, id("checkout-form"))},
		{"embed_scan", []string{"#order[data-id='7'][data-number='7K3M-Q2XD'][data-events='/pay/orders/tok/events']", "form[target=_top][action='/pay/orders/tok/pay'] " + id("pay-here"), "form[action^='/pay/embed/orders/tok/retry?'] " + id("more-time"), "form[action^='/pay/embed/orders/tok/retry?'] " + id("retry-button")}, onlyWithin},
		{"embed_paid", []string{id("done") + "[hidden][data-close]", id("own-page") + "[target=_blank][rel=noopener][href='/pay/orders/tok']", id("receipt")}, append(onlyWithin, id("next-step"))},
		{"embed_expired", []string{"form[action^='/pay/embed/orders/tok/retry?'] " + id("retry-button")}, onlyWithin},
		{"embed_problem", []string{id("problem-page")}, onlyWithin},
		{"order_paid", nil, []string{"#order[data-id]", "#order[data-number]", "[target]", id("done"), id("own-page")}},
		{"checkout_discount", []string{"input[type=hidden][name=discount][value=TEA15]", id("discount")}, []string{id("error-discount")}},
		{"checkout_discount_lost", []string{id("error-discount") + "[data-problem=expired]", id("notice") + "[data-notice=price_changed]"}, []string{"input[name=discount]", id("discount")}},
		{"order_paid_discount", []string{id("receipt") + " " + id("discount")}, []string{id("receipt") + " tbody tr:nth-child(4)"}},
		{"order_discount_used_up", []string{id("notice") + "[data-notice=discount_used_up]"}, nil},
		{"desk_refunds", []string{id("refund") + "[data-status=succeeded] .refund-succeeded", id("refund") + "[data-status=failed] " + id("refund-next"), id("refund") + ":last-child form[action='/pay/admin/orders/7/refunds/1/close']", id("refund-left"),
			"form[action='/pay/admin/orders/7/refunds/confirm'] #amount[inputmode=decimal][value='446.00']", "#reason[required]", "[name=restock]:not([checked])"}, []string{id("refund-elsewhere"), id("refunds-off"), "select[name=payment]"}},
		{"desk_refunds_wrong", []string{"#amount[aria-invalid][value='9,99']", "#reason[aria-invalid]", "[name=restock][checked]"}, nil},
		{"desk_refunds_off", []string{id("refunds-off"), id("refund-elsewhere") + "[data-status=succeeded]"}, []string{id("refund-form")}},
		{"desk_refunds_twice", []string{"select[name=payment] option[value='99']"}, nil},
		{"desk_refund", []string{"form[action='/pay/admin/orders/7/refunds'] input[name=intent][value=intent]", "input[name=again][value='1']", "input[name=amount][value='50.00']", "input[name=restock]", id("refund-left"), id("notice") + "[data-notice=refund_alike]"}, nil},
		{"admin_orders_empty", []string{id("admin-orders-empty"), ".chip[aria-current]"}, []string{"table", id("next-page"), id("sign-out")}},
		{"admin_order", []string{id("event-row") + "[data-kind=evidence][data-source=notification][data-verdict=mismatch] details pre", id("check-now"), "form[action='/pay/admin/orders/7/check']", id("attention"), id("attempt"), id("notice") + "[data-notice=checked]", `a[href="/pay/orders/tok"]`}, []string{"details[open]"}},
	}
	byName := map[string]sample{}
	for _, s := range samples() {
		byName[s.name] = s
	}
	for _, tt := range tests {
		t.Run(tt.sample, func(t *testing.T) {
			t.Parallel()
			doc := parse(t, render(t, byName[tt.sample].draw(page("en"))))
			for _, sel := range tt.want {
				if doc.Find(sel).Length() == 0 {
					t.Errorf("nothing matches %s", sel)
				}
			}
			for _, sel := range tt.not {
				if n := doc.Find(sel).Length(); n > 0 {
					t.Errorf("%d elements match %s, want none", n, sel)
				}
			}
		})
	}
}

// TestReloadingCanBeStopped: a page that reloads itself offers to stop, and one that stands still to go on (WCAG 2.2.1).
func TestReloadingCanBeStopped(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		still, confirming   bool
		refreshes           bool
		wantHref, wantHref2 string
	}{
		{false, false, true, "/pay/orders/tok?still=1", ""},
		{false, true, true, "/pay/orders/tok?returned=1&amp;still=1", ""},
		{true, false, false, "/pay/orders/tok?still=1", "/pay/orders/tok"},
		{true, true, false, "/pay/orders/tok?returned=1&amp;still=1", "/pay/orders/tok?returned=1"},
	} {
		html := render(t, views.Order(page("en"), views.OrderView{Order: order(models.OrderPending, models.StatusWaitingPayment), Still: tt.still, Confirming: tt.confirming}))
		if got := strings.Contains(html, `http-equiv="refresh"`); got != tt.refreshes {
			t.Errorf("still %v: reloads itself: %v", tt.still, got)
		}
		if !strings.Contains(html, `href="`+tt.wantHref+`"`) || (tt.wantHref2 != "" && !strings.Contains(html, `href="`+tt.wantHref2+`">`)) {
			t.Errorf("still %v, confirming %v: no link to %s %s", tt.still, tt.confirming, tt.wantHref, tt.wantHref2)
		}
	}
}

// TestDescription: search engines get one line about each page, and none about operators' pages.
func TestDescription(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		description, found := parse(t, render(t, s.draw(page("en")))).Find(`meta[name="description"]`).Attr("content")
		if n := len([]rune(description)); found == (strings.HasPrefix(s.name, "admin") || strings.HasPrefix(s.name, "desk")) || (found && (n < 20 || n > 160 || strings.ContainsAny(description, "\n\t"))) {
			t.Errorf("%s is described as %q (%v)", s.name, description, found)
		}
	}
}

func TestAmountsStandWithTheirCurrency(t *testing.T) {
	t.Parallel()
	for _, lang := range views.Languages {
		doc := parse(t, render(t, views.Checkout(page(lang), form())))
		if got := doc.Find(`[data-testid="pay-button"]`).Text(); !strings.HasSuffix(got, " HK$646.00") {
			t.Errorf("%s: the pay button says %q", lang, got)
		}
		if got := doc.Find(`[data-testid="cart-total"]`).Text(); got != "HK$646.00" {
			t.Errorf("%s: the total is %q", lang, got)
		}
	}
}

// TestDiscountOnPages: what is read sums up, on every page: the shop's prices, less the discount, are the total.
func TestDiscountOnPages(t *testing.T) {
	t.Parallel()
	p := page("en")
	o := order(models.OrderPaid, models.StatusPaid)
	o.Lines, o.Total, o.Discount = lessCart.Lines, lessCart.Total, "TEA15"
	f := form()
	f.Cart = lessCart
	for name, c := range map[string]templ.Component{
		"cart": views.Cart(p, lessCart, views.CartNotice{}), "checkout": views.Checkout(p, f), "receipt": views.Order(p, views.OrderView{Order: o}),
		"console": views.AdminOrder(p, views.AdminOrderView{Order: o}),
	} {
		text := strings.ReplaceAll(strings.Join(strings.Fields(parse(t, render(t, c)).Find("main").Text()), ""), "RemoveTEA15", "")
		for _, want := range []string{"HK$336.00", "SubtotalHK$646.00", "Discount(TEA15)−HK$15.01", "TotalHK$630.99"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s doesn't say %q: %s", name, want, text)
			}
		}
		for _, not := range []string{"160.49", "160.50"} {
			if strings.Contains(text, not) {
				t.Errorf("%s shows %s, a price that is the gateway's alone", name, not)
			}
		}
	}
	without := page("en")
	without.Site.Discounts = false
	if doc := parse(t, render(t, views.Cart(without, fullCart, views.CartNotice{}))); doc.Find("#discount").Length() != 0 {
		t.Error("a shop without codes asks for one")
	}
}

func TestCountdown(t *testing.T) {
	t.Parallel()
	doc := parse(t, render(t, views.Order(page("en"), view(models.OrderPending, models.StatusWaitingPayment))))
	if got := doc.Find("[data-countdown]").Text(); got != "14:32 left" {
		t.Errorf("got %q, want 14:32 left", got)
	}
	el := doc.Find("#order")
	if now, expires := el.AttrOr("data-now", ""), el.AttrOr("data-expires-at", ""); now != "1795417445000" || expires != "1795418317000" {
		t.Errorf("now %s, expires at %s", now, expires)
	}
	over := page("en")
	over.Now = over.Now.Add(1000000000 * 3600)
	doc = parse(t, render(t, views.Order(over, view(models.OrderPending, models.StatusWaitingPayment))))
	if got := doc.Find("[data-countdown]").Text(); got != "0:00 left" {
		t.Errorf("after the end: got %q, want 0:00 left", got)
	}
}

func withCode(c models.Cart, code string) models.Cart {
	c.Discount = models.CartDiscount{Code: code, Problem: models.DiscountUnknown}
	return c
}

func TestHostileTexts(t *testing.T) {
	t.Parallel()
	evil := `"><script>alert(1)</script><img src=x onerror=alert(2)>`
	cart := cartOf(models.CartItem{SKU: "hostile", Quantity: 1})
	f := form()
	f.Cart, f.Items, f.Intent, f.Note = cart, evil, evil, "</textarea>"+evil
	f.Customer = models.Customer{FullName: evil, Email: evil, Phone: "+852-" + evil, Line1: evil, State: evil, Country: evil}
	o := order(models.OrderPaid, models.StatusPaid)
	o.Customer.Extra = &models.Extra{Label: models.Text{"en": evil}, Value: evil}
	o.Lines, o.Customer.FullName, o.Note, o.Number, o.Attention, o.Reference = cart.Lines, evil, evil, evil, evil, evil
	o.ReturnURL = "javascript:alert(1)"
	o.Payments[0].LLTransactionID, o.Payments[0].Processor = evil, models.Processor(evil)
	p := page("en")
	p.Admin, p.Path = evil, "/"+evil
	f.Errors = []models.FieldError{{Field: evil, Rule: evil}}
	for name, c := range map[string]templ.Component{
		"shop": views.Shop(p, views.ShopView{Products: []models.Product{hostile}, Query: evil, Category: evil, Categories: []models.Text{{"en": evil}, tea}, Searchable: true}), "product": views.Product(p, hostile, views.ProductForm{Quantity: evil}),
		"cart": views.Cart(p, cart, views.CartNotice{}), "wrong code": views.Cart(p, withCode(cart, evil), views.CartNotice{}), "checkout": views.Checkout(p, f), "order": views.Order(p, views.OrderView{Order: o}),
		"problem": views.Problem(p, views.ProblemView{Key: evil, Reference: evil, Detail: evil}), "login": views.AdminLogin(p, views.AdminLoginForm{Username: evil, Error: evil}),
		"orders": views.AdminOrders(p, views.AdminOrdersView{Filter: models.OrderFilter{Query: evil}, List: models.OrderList{Orders: []models.Order{o}, Next: evil}}),
		"delivery": views.AdminDelivery(p, views.AdminDeliveryView{Delivery: models.Delivery{Type: evil, Body: "</pre>" + evil, MessageID: evil, OrderNumber: evil, State: models.DeliveryState(evil), Endpoint: models.Endpoint{URL: evil, Reason: evil}},
			Tries: []models.Try{{Answer: "</pre>" + evil, Error: evil}}, Notice: evil}),
		"admin order": views.AdminOrder(p, views.AdminOrderView{Order: o, Events: []models.Event{{Kind: models.EventKind(evil), Detail: evil, Raw: "</pre>" + evil, From: evil, Verdict: models.VerdictApplied}}}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := parse(t, render(t, c))
			if n := doc.Find("script:not([src])").Length() + doc.Find("script").Length() - 1; n != 0 {
				t.Errorf("%d scripts that aren't ours", n)
			}
			doc.Find("*").Each(func(_ int, el *goquery.Selection) {
				for _, a := range el.Nodes[0].Attr {
					if strings.HasPrefix(a.Key, "on") {
						t.Errorf("%s on <%s>", a.Key, el.Nodes[0].Data)
					}
					if a.Key == "href" && strings.HasPrefix(strings.ToLower(a.Val), "javascript") {
						t.Errorf("a link runs %q", a.Val)
					}
				}
			})
			if doc.Find(`img[src="x"]`).Length() > 0 {
				t.Error("a typed element came alive")
			}
		})
	}
}

// TestEveryRefusalHasWords counts the gateway's codes and reads a sentence and a next step for each.
func TestEveryRefusalHasWords(t *testing.T) {
	t.Parallel()
	if got := len(views.Refusals); got != 30 {
		t.Errorf("%d return codes, want the 30 of guide 5.3.4", got)
	}
	if got := len(views.Declines); got != 18 {
		t.Errorf("%d decline codes, want the 18 of guide 5.3.5", got)
	}
	for _, code := range lianlian.ReturnCodes() {
		if _, ok := views.Refusals[string(code.Code)]; !ok {
			t.Errorf("no words for return code %s", code.Code)
		}
	}
	for _, code := range lianlian.DeclineCodes() {
		if _, ok := views.Declines[string(code.Code)]; !ok {
			t.Errorf("no words for decline code %s", code.Code)
		}
	}
	check := func(d models.DeclinedError) {
		v := view(models.OrderOpen, models.StatusInitialized)
		v.Declined = &d
		for _, lang := range views.Languages {
			box := parse(t, render(t, views.Order(page(lang), v))).Find(`[data-testid="declined"]`)
			if n := box.Find("p").Length(); n != 2 || strings.Contains(box.Text(), "[[") || len(box.Text()) < 20 {
				t.Errorf("%v in %s: %q", d, lang, box.Text())
			}
		}
	}
	for code := range views.Refusals {
		check(models.DeclinedError{ReturnCode: code})
	}
	for code := range views.Declines {
		check(models.DeclinedError{ReturnCode: "CUSTOMER_HAS_RESTRICTIONS", DeclineCode: code})
	}
	check(models.DeclinedError{ReturnCode: "A_CODE_OF_TOMORROW", DeclineCode: "unheard_of"})
}

func TestProductsURLs(t *testing.T) {
	t.Parallel()
	p := cup
	for image, want := range map[string]string{
		"img/products/a.svg": "/pay/static/0123456789ab/img/products/a.svg", "/static/img/products/a.svg": "/pay/static/0123456789ab/img/products/a.svg",
		"https://cdn.shop.example/a.png": "https://cdn.shop.example/a.png", "/media/a.png": "/pay/media/a.png",
	} {
		p.Image = image
		if got := parse(t, render(t, views.Product(page("en"), p, views.ProductForm{}))).Find(".picture img").AttrOr("src", ""); got != want {
			t.Errorf("%s: got %s, want %s", image, got, want)
		}
	}
}

func TestCountriesByLanguage(t *testing.T) {
	t.Parallel()
	for lang, want := range map[string]string{"en": "Hong Kong, China", "zh-Hant": "中國香港特別行政區", "zh-Hans": "中国香港特别行政区"} {
		options := parse(t, render(t, views.Checkout(page(lang), form()))).Find("#country option")
		if got := options.Eq(1); got.AttrOr("value", "") != "HK" || got.Text() != want {
			t.Errorf("%s: the first country is %s %q, want HK %q", lang, got.AttrOr("value", ""), got.Text(), want)
		}
		if got := options.Length(); got != len(countries)+1 {
			t.Errorf("%s: %d choices, want %d", lang, got, len(countries)+1)
		}
	}
	f := form()
	f.Countries = f.Countries[:3] // another list isn't answered from memory
	if got := parse(t, render(t, views.Checkout(page("en"), f))).Find("#country option").Length(); got != 4 {
		t.Errorf("%d choices of a shorter list, want 4", got)
	}
}

func TestAreaCodes(t *testing.T) {
	t.Parallel()
	for _, lang := range views.Languages {
		codes, labels := views.AreaCodes(lang)
		seen := map[string]bool{}
		for i, code := range codes {
			if seen[code] || len(code) > 3 || !strings.HasPrefix(labels[i], "+"+code+" ") || strings.Contains(labels[i], "Unknown") {
				t.Errorf("%s: area code %q, %q", lang, code, labels[i])
			}
			seen[code] = true
		}
		if codes[0] != "852" || len(codes) < 200 {
			t.Errorf("%s: %d codes, the first is %s", lang, len(codes), codes[0])
		}
	}
}

func BenchmarkShop50(b *testing.B) {
	var products []models.Product
	for range 10 {
		products = append(products, cup, oolong, pot, donation, cup)
	}
	p := page("zh-Hant")
	var out bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		out.Reset()
		if err := views.Shop(p, views.ShopView{Products: products}).Render(context.Background(), &out); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pages/s")
}

func BenchmarkCheckout(b *testing.B) {
	p, f := page("zh-Hant"), form()
	var out bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		out.Reset()
		if err := views.Checkout(p, f).Render(context.Background(), &out); err != nil {
			b.Fatal(err)
		}
	}
}
