package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"lianlian-checkout/models"
)

// TestUnchangedPages sends the tag of a page back: 304 as long as nothing that the page shows has changed, and only then.
func TestUnchangedPages(t *testing.T) {
	t.Parallel()
	shop := newShop()
	shop.shelfVersion = "one"
	h := newHandler(t, shop)
	order := "/orders/" + token
	tag := func(path string, header ...string) string {
		t.Helper()
		w := get(h, path, header...)
		wantStatus(t, w, http.StatusOK)
		if got := w.Header().Get("ETag"); !strings.HasPrefix(got, `W/"`) {
			t.Fatalf("%s: ETag = %q", path, got)
		}
		return w.Header().Get("ETag")
	}
	for _, path := range []string{"/", order} {
		etag := tag(path)
		for _, sent := range []string{etag, `"other", ` + etag, strings.TrimPrefix(etag, "W/")} {
			w := get(h, path, "If-None-Match", sent)
			wantStatus(t, w, http.StatusNotModified)
			if w.Body.Len() != 0 || w.Header().Get("ETag") != etag || !strings.Contains(w.Header().Get("Vary"), "Cookie") {
				t.Errorf("%s: 304 with %d bytes, ETag %q, Vary %q", path, w.Body.Len(), w.Header().Get("ETag"), w.Header().Get("Vary"))
			}
		}
		for name, header := range map[string][]string{
			"language": {"Accept-Language", "zh-HK"}, "cart": {"Cookie", "cart=cup:2"}, "nothing": {"If-None-Match", `W/"zzz"`},
		} {
			if got := tag(path, header...); name != "nothing" && got == etag {
				t.Errorf("%s: another %s has the same tag", path, name)
			}
		}
		if got := tag("/?lang=zh-Hans"); path == "/" && got == etag {
			t.Error("another language has the same tag")
		}
		if got := newHandler(t, shop); get(got, path).Header().Get("ETag") == etag {
			t.Errorf("%s: another process has the same tag", path)
		}
	}
	etag := tag("/")
	shop.shelfVersion = "two"
	wantStatus(t, get(h, "/", "If-None-Match", etag), http.StatusOK)

	etag = tag(order)
	if phone := tag(order, "User-Agent", agentIPhone); phone == etag {
		t.Error("a phone's page has the same tag")
	}
	shop.settle(models.OrderPaid, models.StatusPaid)
	wantStatus(t, get(h, order, "If-None-Match", etag), http.StatusOK)
	// Whoever comes back from the wallet is always told anew.
	if w := get(h, order+"?returned=1", "If-None-Match", tag(order)); w.Code != http.StatusOK || w.Header().Get("ETag") != "" {
		t.Errorf("returned: %d with ETag %q", w.Code, w.Header().Get("ETag"))
	}
}

// TestVersion changes everything that a buyer can see of an order, one after another.
func TestVersion(t *testing.T) {
	t.Parallel()
	seen := map[string]string{pendingOrder().Version(): "nothing"}
	for name, change := range map[string]func(*models.Order){
		"status":    func(o *models.Order) { o.Status = models.OrderPaid },
		"updated":   func(o *models.Order) { o.UpdatedAt = noon.Add(1e6) },
		"expires":   func(o *models.Order) { o.ExpiresAt = o.ExpiresAt.Add(1e9) },
		"state":     func(o *models.Order) { o.Payments[0].Status = models.StatusProcessing },
		"payment":   func(o *models.Order) { o.Payments[0].UpdatedAt = noon.Add(1e6) },
		"scanned":   func(o *models.Order) { o.Payments[0].ScannedAt = noon },
		"wallet":    func(o *models.Order) { o.Payments[0].Processor = models.AlipayCN },
		"refusal":   func(o *models.Order) { o.Payments[0].ReturnCode = "RISK_REJECT" },
		"reason":    func(o *models.Order) { o.Payments[0].DeclineCode = "1001" },
		"wap page":  func(o *models.Order) { o.Payments[0].WapURL += "x" },
		"web page":  func(o *models.Order) { o.Payments[0].WebURL += "x" },
		"code":      func(o *models.Order) { o.Payments[0].QRContent += "x" },
		"new start": func(o *models.Order) { o.Payments = append(o.Payments, o.Payments[0]) },
	} {
		o := pendingOrder()
		o.Payments = append([]models.Payment(nil), o.Payments...)
		change(&o)
		if other, ok := seen[o.Version()]; ok {
			t.Errorf("%s leaves the same version as %s", name, other)
		}
		seen[o.Version()] = name
	}
}
