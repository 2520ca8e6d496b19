// Package static tests the page beside it.
package static

import (
	"os"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// TestExample: one script, loaded without blocking, and one element that says what to buy and leads to the same place without the script.
func TestExample(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("index.html")
	if err != nil {
		t.Fatal(err)
	}
	page, err := goquery.NewDocumentFromReader(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	script := page.Find("script")
	if _, async := script.Attr("async"); script.Length() != 1 || !async || !strings.HasSuffix(script.AttrOr("src", ""), "/embed.js") || script.Text() != "" {
		t.Error("not one script, embed.js, async and without code of its own")
	}
	checkout := strings.TrimSuffix(script.AttrOr("src", ""), "/embed.js")
	buy := page.Find("[data-checkout-items]")
	items := buy.AttrOr("data-checkout-items", "")
	if buy.Length() != 1 || buy.AttrOr("href", "") != checkout+"/embed/checkout?items="+items {
		t.Errorf("the element for %q leads to %q", items, buy.AttrOr("href", ""))
	}
	shipped, err := os.ReadFile("../../config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if sku, _, _ := strings.Cut(items, ":"); !strings.Contains(string(shipped), "sku: "+sku+"\n") {
		t.Errorf("the sample shop doesn't sell %q", sku)
	}
}
