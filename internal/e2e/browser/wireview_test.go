package browser

import (
	"fmt"
	"os"
	"testing"

	"lianlian-checkout/internal/e2e/program"
)

// TestWireView follows a purchase on the wire as it happens, with each field explained, then one more step by step; without JavaScript the page shows
// the same messages.
func TestWireView(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t)
	wire, phone, plain := open(t, p, desktop), open(t, p, iphone), open(t, p, iphone.scriptless())
	wire.to("/simulator/wire")
	wire.until("nothing has passed", `!document.querySelector("[data-empty]").hidden`)
	cards := func(of string) string { return `document.querySelectorAll('` + id("wire-card") + of + `').length` }
	phone.buy("alipayhk")
	phone.at("^/simulator/pay/")
	wire.until("the request and its answer are there", cards(`[data-kind="create"]`)+" === 2")
	wire.until("its fields are explained", `(() => { const c = document.querySelector('`+id("wire-card")+`[data-kind="create"]'); return c.querySelectorAll(".wire-fields tr").length > 20 && c.textContent.includes("The wallet: Alipay") && c.textContent.includes("3.2")
		&& c.textContent.includes("country=HK&") && c.querySelector("time").textContent.length === 12; })()`)
	wire.until("the newest alone is unfolded", `document.querySelectorAll("[data-wire] details[open]").length === 1 && document.querySelector("[data-wire] li:last-child details").open`)
	phone.press("pay")
	phone.status("paid")
	wire.until("the notification, its answer and the return are there", cards(`[data-kind="notification"]`)+" === 2 && "+cards(`[data-kind="return"]`)+" === 1")

	before := value[int](wire, cards(""))
	wire.click(id("wire-step"))
	wire.until("it holds", `document.querySelector('`+id("wire-step")+`').getAttribute("aria-pressed") === "true"`)
	phone.buy("wechathk")
	phone.at("^/simulator/pay/")
	wire.until("two wait", `Number(document.querySelector('`+id("wire-count")+`').textContent) >= 2`)
	if n := value[int](wire, cards("")); n != before {
		t.Errorf("%d messages are shown while it holds, want %d", n, before)
	}
	wire.click(id("wire-next"))
	wire.until("one more is shown", fmt.Sprintf("%s === %d", cards(""), before+1))
	wire.click(id("wire-all"))
	wire.until("all are shown", fmt.Sprintf("%s >= %d && document.querySelector('%s').hidden", cards(""), before+2, id("wire-next")))

	plain.to("/simulator/wire")
	if n := value[int](plain, cards("")); n < before+2 {
		t.Errorf("without JavaScript %d messages are shown", n)
	}
	payment := value[string](wire, `[...document.querySelectorAll('.wire-fields tr')].find((r) => r.querySelector("code")?.textContent === "merchant_transaction_id").children[1].textContent`)
	plain.to("/simulator/wire?payment=" + payment)
	if n := value[int](plain, cards("")); n < 5 || n >= before+2 {
		t.Errorf("of one payment %d messages are shown", n)
	}
	a := &album{tab: wire, language: "en", folder: os.Getenv(screenshots)}
	a.take("wire")
	wire.click(id("wire-clear"))
	wire.until("it is empty", cards("")+" === 0")
	b := &album{tab: plain, language: "en", folder: os.Getenv(screenshots)}
	b.take("wire")
}
