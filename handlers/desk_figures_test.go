package handlers_test

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
)

const today models.Day = 20780 // 2026-11-23, noon's

func figures() *fakeShop {
	shop := newShop()
	shop.currencies = []string{"CNY", "HKD"}
	shop.now = models.DeskNow{Waiting: 3}
	shop.count = 1
	shop.placed = map[models.OrderStatus]int64{models.OrderPaid: 3, models.OrderFailed: 2, models.OrderRefunded: 1, models.OrderOpen: 2}
	shop.takings = []models.Taking{
		{Day: today - 1, Currency: "HKD", Processor: models.AlipayHK, Paid: 1, Gross: 10000, Refunded: 2500},
		{Day: today, Currency: "CNY", Processor: models.AlipayCN, Paid: 2, Gross: 30050},
		{Day: today, Currency: "HKD", Processor: models.WeChatHK, ByHand: true, Paid: 5, Gross: 123456},
	}
	shop.settling = []models.Settling{{Day: today, Currency: "HKD", Settlement: "HKD", Payments: 1, Paid: 16800, Settled: 16500}, {Day: today, Currency: "HKD", Payments: 2, Paid: 5}}
	paid := func(id int64, settlement *models.Money) models.SettledPayment {
		return models.SettledPayment{Number: "7K3M-Q2XD", Payment: models.Payment{
			ID: id, OrderID: 7, Attempt: 1, Money: hkd(16800), Settlement: settlement, Processor: models.WeChatHK, Status: models.StatusPaid, PaidAt: noon, LLTransactionID: "=1",
		}}
	}
	shop.settled = []models.SettledPayment{paid(1, &models.Money{Amount: 16500, Currency: "HKD"}), paid(2, nil)}
	return shop
}

func TestToday(t *testing.T) {
	t.Parallel()
	shop := figures()
	h := console(t, shop)
	session := signIn(t, h)
	doc := document(t, get(h, "/admin", "Cookie", session))
	for id, want := range map[string]string{"paid": "7", "waiting": "3", "failed": "2", "attention": "1"} {
		if got := doc.Find("[data-testid=today-" + id + "] .tile-count").Text(); got != want {
			t.Errorf("%s = %s, want %s", id, got, want)
		}
	}
	var sums []string
	for _, s := range doc.Find("[data-testid=takings-today]").EachIter() {
		sums = append(sums, s.Text())
	}
	if diff := cmp.Diff([]string{"HK$1,234.56", "¥300.50\u00a0CNY"}, sums); diff != "" {
		t.Error(diff)
	}
	if got := doc.Find("[data-testid=conversion] .figure").First().Text(); got != "4 of 8 paid" {
		t.Errorf("conversion = %s", got)
	}
	at := func(d models.Day, hour int) time.Time { return d.Start().Add(time.Duration(hour) * time.Hour) } // it is noon
	if diff := cmp.Diff([][2]time.Time{{at(today-1, 0), at(today-1, 12)}, {at(today-7, 0), at(today-7, 12)}}, shop.paidIn); diff != "" {
		t.Errorf("compared with other stretches: %s", diff)
	}
	if diff := cmp.Diff([][2]time.Time{{at(today, 0), at(today, 24)}, {at(today-1, 0), at(today-1, 24)}}, shop.placedIn); diff != "" {
		t.Errorf("counted orders of other stretches: %s", diff)
	}
	page := get(h, "/admin", "Cookie", session).Body.String()
	if strings.Contains(page, "style=") || strings.Contains(page, "[[") || strings.Contains(page, "1,535") {
		t.Error("the page has a style, a missing text, or a sum of two currencies")
	}
	if shop.asked != [2]models.Day{today - 29, today} {
		t.Errorf("asked for the days %v", shop.asked)
	}
	shop.currencies, shop.takings = nil, nil
	if document(t, get(h, "/admin", "Cookie", session)).Find("[data-testid=today-first]").Length() != 1 {
		t.Error("a new shop isn't told what to do first")
	}
	shop.figureErr = models.ErrUnavailable
	wantStatus(t, get(h, "/admin", "Cookie", session), 503)
}

// Whoever mistypes a filter is told so, in place of orders that weren't asked for.
func TestDeskQueries(t *testing.T) {
	t.Parallel()
	h := console(t, figures())
	session := signIn(t, h)
	long := strings.Repeat("a", 300)
	for _, path := range []string{"/admin/orders", "/admin/orders.csv"} {
		for query, want := range map[string]int{
			"": 200, "q=": 200, "status=waiting": 200, "lang=zh-Hant": 200, "from=2026-11-01&to=2026-11-01": 200, "status=none": 400, "wallet=paypal": 400, "currency=hkd": 400,
			"from=2026-13-01": 400, "to=yesterday": 400, "from=2026-11-02&to=2026-11-01": 400, "attention=yes": 400, "attention=1": 200, "link=0": 400, "link=x": 400, "link=3": 200,
			"state=paid": 400, "status=paid&status=failed": 400, "q=%ff": 400, "q=%00": 400, "q=" + long: 400, "%zz=1": 400, "q=a;b": 400, long + long + long + long + long + long + long: 400,
			"<script>=1": 400, "limit=5": 400, "q=%27+OR+1%3D1+--": 200, "currency=ZZZ": 200, "from=0001-01-01": 400, "from=9999-12-31": 200, "%ff=1": 400,
		} {
			if w := get(h, path+"?"+query, "Cookie", session); w.Code != want {
				t.Errorf("GET %s?%.60s = %d, want %d", path, query, w.Code, want)
			}
		}
	}
	for query, want := range map[string]int{
		"/admin/orders?cursor=x": 400, "/admin/orders?cursor=-1": 400, "/admin/orders?cursor=9223372036854775807": 200, "/admin/orders?cursor=9223372036854775808": 400,
		"/admin/orders.csv?cursor=5": 400, "/admin?x=1": 400, "/admin/reports?from=2026-11-01": 200, "/admin/reports?from=2020-01-01&to=2026-01-01": 400,
		"/admin/reports?from=9999-12-31": 400, "/admin/reports?to=2026-11-01&to=2026-11-02": 400, "/admin/reports/settlement?cursor=5-6": 200, "/admin/reports/settlement?cursor=5": 400,
		"/admin/reports/settlement?from=2026-09-01&to=2026-11-01": 400, "/admin/reports.csv?from=2026-11-01&to=2026-11-30": 200, "/admin/reports/settlement.csv?from=x": 400,
	} {
		if w := get(h, query, "Cookie", session); w.Code != want {
			t.Errorf("GET %s = %d, want %d", query, w.Code, want)
		}
	}
	page := get(h, "/admin/orders?%3Cb%3E=1", "Cookie", session).Body.String()
	if strings.Contains(page, "<b>") || !strings.Contains(page, "no filter named “&lt;b&gt;”") {
		t.Error("the page doesn't say which filter isn't known")
	}
}

// A filter stays in every address of the page.
func TestFiltersStay(t *testing.T) {
	t.Parallel()
	h := console(t, figures())
	doc := document(t, get(h, "/admin/orders?status=paid&wallet=alipayhk&from=2026-11-01&to=2026-11-30&currency=HKD&q=x", "Cookie", signIn(t, h)))
	const rest = "currency=HKD&from=2026-11-01&q=x&"
	for selector, want := range map[string]string{
		"[data-testid=orders-csv]": "/admin/orders.csv?" + rest + "status=paid&to=2026-11-30&wallet=alipayhk",
		".chips a:nth-child(3)":    "/admin/orders?" + rest + "status=waiting&to=2026-11-30&wallet=alipayhk",
	} {
		if got, _ := doc.Find(selector).Attr("href"); got != want {
			t.Errorf("%s leads to %s, want %s", selector, got, want)
		}
	}
	for name, want := range map[string]string{"from": "2026-11-01", "to": "2026-11-30", "q": "x", "status": "paid"} {
		if got, _ := doc.Find("form.filters [name=" + name + "]").Attr("value"); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if got, _ := doc.Find("[name=wallet] [selected]").Attr("value"); got != "alipayhk" {
		t.Errorf("wallet = %q", got)
	}
}

// table reads a file back.
func table(t *testing.T, body string) [][]string {
	t.Helper()
	rest, ok := strings.CutPrefix(body, "\uFEFF")
	if !ok {
		t.Error("no byte order mark")
	}
	rows, err := csv.NewReader(strings.NewReader(rest)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestOrdersCSV(t *testing.T) {
	t.Parallel()
	shop := newShop()
	o := pendingOrder()
	o.Status, o.PaidAt, o.Reference, o.Attention = models.OrderPaid, noon, "=HYPERLINK(\"http://evil\")", "paid twice\nrefund one"
	o.Customer = models.Customer{FullName: "@SUM(A1)", Email: "chan@example.com", Phone: "+852-61234567"}
	o.Payments[0].Settlement = &models.Money{Amount: 16500, Currency: "HKD"}
	shop.put(o)
	h := console(t, shop)
	w := get(h, "/admin/orders.csv?status=paid", "Cookie", signIn(t, h))
	wantStatus(t, w, 200)
	if got := w.Header().Get("Content-Disposition"); got != `attachment; filename="orders-2026-11-23.csv"` {
		t.Error(got)
	}
	want := [][]string{
		{"order_id", "number", "reference", "status", "attention", "placed_at", "paid_at", "currency", "amount", "discount_code", "wallet", "merchant_transaction_id",
			"ll_transaction_id", "trace_id", "settlement_currency", "settlement_amount", "payment_link_id", "name", "email", "phone"},
		{"7", "7K3M-Q2XD", `'=HYPERLINK("http://evil")`, "paid", "paid twice refund one", "2026-11-23T12:00:00+08:00", "2026-11-23T12:00:00+08:00", "HKD", "168.00", "", "wechathk", "",
			"", "", "HKD", "165.00", "", "'@SUM(A1)", "chan@example.com", "'+852-61234567"},
	}
	if diff := cmp.Diff(want, table(t, w.Body.String())); diff != "" {
		t.Error(diff)
	}
	if shop.filter.Status != models.OrderPaid || shop.filter.Cursor != "6" {
		t.Errorf("asked for %+v last, want the second part", shop.filter)
	}
	d := newDesk(t)
	d.shop.put(o)
	_, reader := d.add("ken", models.RoleReader)
	for i, row := range table(t, get(d.Handler, "/admin/orders.csv", "Cookie", reader).Body.String()) {
		if diff := cmp.Diff(want[i][:17], row); diff != "" {
			t.Errorf("who only reads gets what is personal, or not the rest: %s", diff)
		}
	}
	head := request{method: http.MethodHead, target: "/admin/orders.csv", header: map[string]string{"Cookie": signIn(t, h)}}
	if body := head.do(h).Body.String(); body != "" {
		t.Error("HEAD has a body")
	}
	shop.ordersErr = models.ErrUnavailable
	wantStatus(t, get(h, "/admin/orders.csv", "Cookie", signIn(t, h)), 503)
}

func TestReports(t *testing.T) {
	t.Parallel()
	shop := figures()
	h := console(t, shop)
	session := signIn(t, h)
	doc := document(t, get(h, "/admin/reports", "Cookie", session))
	if shop.asked != [2]models.Day{today - 29, today} {
		t.Errorf("asked for %v", shop.asked)
	}
	hk := doc.Find("[data-testid=report][data-currency=HKD] tfoot .figure")
	if got := hk.Text(); got != "6HK$1,334.56HK$25.00HK$1,309.56" {
		t.Errorf("total = %s", got)
	}
	rows := table(t, get(h, "/admin/reports.csv?from=2026-11-22&to=2026-11-23", "Cookie", session).Body.String())
	want := [][]string{
		{"day", "currency", "wallet", "confirmed_by", "orders_paid", "gross", "refunded", "net"}, {"2026-11-22", "HKD", "alipayhk", "gateway", "1", "100.00", "25.00", "75.00"},
		{"2026-11-23", "CNY", "alipaycn", "gateway", "2", "300.50", "0.00", "300.50"}, {"2026-11-23", "HKD", "wechathk", "hand", "5", "1234.56", "0.00", "1234.56"},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	doc = document(t, get(h, "/admin/reports/settlement?from=2026-11-23&to=2026-11-23", "Cookie", session))
	if got := doc.Find("[data-testid=settlement-days] tbody tr").First().Find(".figure").Text(); got != "1HK$168.00HK$165.00HK$3.00" {
		t.Errorf("settled = %s", got)
	}
	if doc.Find("[data-testid=settlement-unknown]").Length() != 1 {
		t.Error("the page doesn't say that settlements are missing")
	}
	rows = table(t, get(h, "/admin/reports/settlement.csv", "Cookie", session).Body.String())
	if len(rows) != 3 || rows[1][11] != "3.00" || rows[1][13] != "'=1" || rows[2][9] != "" || rows[2][11] != "" || shop.settledAt != "5-6" {
		t.Errorf("settlement.csv = %q", rows)
	}
	shop.figureErr = models.ErrUnavailable
	for _, path := range []string{"/admin/reports", "/admin/reports.csv", "/admin/reports/settlement", "/admin/reports/settlement.csv"} {
		wantStatus(t, get(h, path, "Cookie", session), 503)
		wantRedirect(t, get(h, path), "/admin/login")
	}
}

func TestTableCell(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "168.00": "168.00", "-3.50": "-3.50", "-3.50+1": "'-3.50+1", "=1+1": "'=1+1", "+852": "'+852", "@x": "'@x", "-a": "'-a", "\t=1": "' =1", "  =1": "'  =1", "＝1": "'＝1",
		"　@x": "'　@x", "a\r\nb": "a  b", "Chan, Tai Man": "Chan, Tai Man", "x;=1": "x;'=1", `x;"=cmd|' /C calc'!A0`: `x;"'=cmd|' /C calc'!A0`, "a-b": "a-b", "茶": "茶", "1e5": "1e5",
	} {
		if got := handlers.TableCell(in); got != want {
			t.Errorf("%q → %q, want %q", in, got, want)
		}
	}
}
