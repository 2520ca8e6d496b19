package lianlian

import (
	"math/bits"
	"slices"
	"strconv"
	"unicode/utf8"
)

// FitProducts shortens a cart whose JSON would be longer than 2048 characters (guide 4.1.1). It first drops
// optional fields, one after the other from all lines: receipt_id, url, description, category,
// wxpay_product_id, shipping_provider, sku. If that isn't enough it merges as few lines as it can, from the
// end, into one summary line of quantity 1 with the product id "summary" and the name of the first merged
// line and how many more there are ("Blue T-Shirt +11"). No money is dropped: the sum of price times quantity
// stays, as does that of cost price.
//
// A cart that fits is returned as it is. One that holds an impossible line (quantity below 1, a price below
// zero), or sums beyond MaxAmount, is not merged, so that Validate can name the fault. The argument is not
// changed.
func FitProducts(products []Product) []Product {
	fit := slices.Clone(products)
	drops := [...]func(*Product){
		func(*Product) {},
		func(p *Product) { p.ReceiptID = "" },
		func(p *Product) { p.URL = "" },
		func(p *Product) { p.Description = "" },
		func(p *Product) { p.Category = "" },
		func(p *Product) { p.WxpayProductID = "" },
		func(p *Product) { p.ShippingProvider = "" },
		func(p *Product) { p.SKU = "" },
	}
	for _, drop := range drops {
		for i := range fit {
			drop(&fit[i])
		}
		if productsLength(fit) <= maxProducts {
			return fit
		}
	}
	lengths := make([]int, len(fit)+1) // lengths[n]: characters of the first n lines and the commas after them
	for i := range fit {
		lengths[i+1] = lengths[i] + productsLength(fit[i:i+1]) - 1
	}
	for keep := len(fit) - 1; keep >= 0; keep-- {
		if lengths[keep] > maxProducts {
			continue
		}
		line, ok := summary(fit[keep:])
		if !ok {
			return fit
		}
		if lengths[keep]+productsLength([]Product{line}) <= maxProducts {
			return append(fit[:keep:keep], line)
		}
	}
	return fit
}

// summary merges lines into one, and says false if there is none whose sums are right.
func summary(lines []Product) (Product, bool) {
	var price, cost Amount
	for _, p := range lines {
		var ok1, ok2 bool
		price, ok1 = addProduct(price, p.Price, p.Quantity)
		cost, ok2 = addProduct(cost, p.CostPrice, p.Quantity)
		if !ok1 || !ok2 {
			return Product{}, false
		}
	}
	suffix := ""
	if len(lines) > 1 {
		suffix = " +" + strconv.Itoa(len(lines)-1)
	}
	return Product{
		ProductID: "summary",
		Name:      clip(lines[0].Name, 128-len(suffix)) + suffix,
		CostPrice: cost,
		Price:     price,
		Quantity:  1,
	}, true
}

// addProduct gives sum + price*quantity, and false if an operand is impossible or the result is beyond MaxAmount.
func addProduct(sum, price Amount, quantity int64) (Amount, bool) {
	if price < 0 || quantity < 1 {
		return 0, false
	}
	high, low := bits.Mul64(uint64(price), uint64(quantity))
	if high != 0 || low > uint64(MaxAmount-sum) {
		return 0, false
	}
	return sum + Amount(low), true
}

// clip cuts a text to so many characters.
func clip(s string, limit int) string {
	for i := range s {
		if limit == 0 {
			return s[:i]
		}
		limit--
	}
	return s
}

// productsLength gives the characters of the products as JSON.
func productsLength(products []Product) int {
	text, err := compactJSON(wireProducts(products))
	if err != nil { // nothing in a product can fail to be written
		return maxProducts + 1
	}
	return utf8.RuneCount(text)
}
