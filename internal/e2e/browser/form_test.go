package browser

import (
	"testing"

	"github.com/chromedp/chromedp"

	"lianlian-checkout/internal/e2e/program"
)

// TestStatesFollowCountry chooses countries and sees which states are on offer.
func TestStatesFollowCountry(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t)
	computer := open(t, p, desktop)
	computer.fillCart()
	computer.click(id("to-checkout"))
	computer.has("#email")
	computer.click(id("address") + " summary")
	computer.until("the address is open", "document.querySelector('"+id("address")+"').open")
	for _, c := range []struct {
		country, state string
		states         int // at least; 0 means that there is no choice at all
	}{
		{"US", "CA", 50}, {"BR", "SP", 27}, {"HK", "", 0}, {"CA", "ON", 13}, {"AU", "NSW", 8}, {"US", "NY", 50},
	} {
		computer.choose("#country", c.country)
		if c.states == 0 {
			computer.until(c.country+" has no states", "document.querySelector('#state').disabled && document.querySelector('#state').offsetParent === null")
			continue
		}
		computer.until(c.country+" has its states", "!document.querySelector('#state').disabled && document.querySelector('#state').offsetParent !== null")
		if n := value[int](computer, "document.querySelectorAll('#state option:not([value=\"\"])').length"); n < c.states || n > c.states+15 {
			t.Errorf("%s offers %d states, want about %d", c.country, n, c.states)
		}
		if !value[bool](computer, `Boolean(document.querySelector('#state option[value="`+c.country+"-"+c.state+`"]'))`) {
			t.Errorf("%s doesn't offer %s", c.country, c.state)
		}
	}
	computer.choose("#state", "US-NY")
	computer.look()
}

// choose picks from a list as a person does: the page hears of it.
func (b *tab) choose(selector, option string) {
	b.t.Helper()
	value[bool](b, `(() => { const s = document.querySelector(`+quoted(selector)+`); s.value = `+quoted(option)+`;
		s.dispatchEvent(new Event("input", {bubbles: true})); s.dispatchEvent(new Event("change", {bubbles: true})); return true; })()`)
	b.until(option+" is chosen in "+selector, "document.querySelector("+quoted(selector)+").value === "+quoted(option))
}

// TestErrorsAreShown sends a form with a wrong field: the summary has the focus, its link leads to the field, and nothing
// that was typed is lost.
func TestErrorsAreShown(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t)
	computer := open(t, p, desktop)
	computer.allow(`status of 422`)
	computer.fillCart()
	computer.fillForm("wechatcn")
	computer.fill("#email", "chan at example")
	computer.fill("#phone", "91234567")
	computer.click(id("note-fold") + " summary")
	computer.fill("#note", "門口放低就得 <b>&")
	computer.click(id("pay-button"))
	computer.until("the summary has the focus", "document.activeElement.matches('"+id("error-summary")+"')")
	computer.look()
	computer.has(id("error-email"))
	for field, want := range map[string]string{"#email": "chan at example", "#full_name": "陳大文", "#phone": "91234567", "#note": "門口放低就得 <b>&"} {
		if got := value[string](computer, "document.querySelector('"+field+"').value"); got != want {
			t.Errorf("%s holds %q now, want %q as typed", field, got, want)
		}
	}
	if !value[bool](computer, "document.querySelector('#wallet-wechatcn').checked") {
		t.Error("the chosen wallet is lost")
	}
	computer.click(id("error-summary") + " a")
	computer.until("the link leads into the field", "document.activeElement.id === 'email'")
	computer.fill("#email", "chan at")
	computer.has(id("error-email"))
	computer.fill("#email", "chan@example.com")
	computer.until("the error has gone", "!document.querySelector('"+id("error-email")+"') && !document.querySelector('#email').matches('[aria-invalid], .invalid > *')")
	computer.has(id("error-summary"))
	computer.click(id("pay-button"))
	computer.has(id("qr"))
	if n := p.Query(t, `SELECT count(*) FROM orders`); n != "1" {
		t.Errorf("%s orders, want 1", n)
	}
}

// TestLanguageKeepsTheForm changes the language in the middle of the form.
func TestLanguageKeepsTheForm(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t)
	computer := open(t, p, desktop)
	computer.fillCart()
	computer.fillForm("wechatcn")
	computer.click(id("address") + " summary")
	computer.choose("#country", "US")
	computer.choose("#state", "US-NY")
	computer.fill("#line1", "1 Broad <Street>")
	computer.click(`.languages a[lang="zh-Hant"]`)
	computer.until("the form is back in Chinese", "document.documentElement.lang === 'zh-Hant' && document.querySelector('#email')")
	for field, want := range map[string]string{"#email": "chan@example.com", "#full_name": "陳大文", "#country": "US", "#state": "US-NY", "#line1": "1 Broad <Street>"} {
		if got := value[string](computer, "document.querySelector('"+field+"').value"); got != want {
			t.Errorf("%s holds %q now, want %q as typed", field, got, want)
		}
	}
	if !value[bool](computer, "document.querySelector('#wallet-wechatcn').checked && document.querySelector('"+id("address")+"').open") {
		t.Error("the chosen wallet is lost, or the address is folded away")
	}
	if kept := value[int](computer, "sessionStorage.length"); kept != 0 {
		t.Errorf("%d entries stay in the tab's memory", kept)
	}
	computer.click(id("pay-button"))
	computer.has(id("qr"))
}

// twice sends the form two more times at once, as it is. Chromium by itself sends a form once, however often it is clicked; other browsers
// don't hold back, nor do networks.
var twice = `(() => {
	const form = document.querySelector('` + id("checkout-form") + `');
	const send = () => fetch(form.action, {method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual"});
	return Promise.all([send(), send()]).then((answers) => answers.every((a) => a.type === "opaqueredirect"));
})()`

// TestDoubleClick presses the pay button twice, with the script that guards it and without; with it, after the form was sent twice already.
func TestDoubleClick(t *testing.T) {
	t.Parallel()
	chromium(t)
	for name, d := range map[string]device{"script": desktop, "no script": desktop.scriptless()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := program.Start(t)
			computer := open(t, p, d)
			if d.withoutScript {
				computer.to("/products/teapot-tee")
				computer.click(id("add-to-cart"))
				computer.has(id("added"))
				computer.to("/cart")
			} else {
				computer.fillCart()
			}
			computer.fillForm("alipayhk")
			if !d.withoutScript && !do(computer, "send the form twice", chromedp.Evaluate[bool](twice, chromedp.EvalAwaitPromise)) {
				t.Error("a form sent twice isn't answered with its order both times")
			}
			computer.doubleClick(id("pay-button"))
			computer.has(id("qr"))
			if n := p.Query(t, `SELECT count(*) || ' ' || (SELECT count(*) FROM payments) FROM orders`); n != "1 1" {
				t.Errorf("orders and payments = %s, want 1 1", n)
			}
		})
	}
}
