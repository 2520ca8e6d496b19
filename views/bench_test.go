package views_test

import (
	"bytes"
	"testing"

	"github.com/a-h/templ"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// BenchmarkOrder renders an order's page into a buffer that is used again, as the handlers do.
func BenchmarkOrder(b *testing.B) {
	for name, component := range map[string]templ.Component{
		"waiting order": views.Order(page("zh-Hant"), views.OrderView{Order: order(models.OrderPending, models.StatusWaitingPayment), Offers: desktopOffers, QR: true, ShortLink: "https://shop.example/p/code"}),
		"paid order":    views.Order(page("en"), views.OrderView{Order: order(models.OrderPaid, models.StatusPaid)}),
	} {
		b.Run(name, func(b *testing.B) {
			var out bytes.Buffer
			b.ReportAllocs()
			for b.Loop() {
				out.Reset()
				if err := component.Render(b.Context(), &out); err != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(int64(out.Len()))
		})
	}
}
