package views

import "lianlian-checkout/models"

// discountProblem says why the code takes nothing off, and what to do.
func (p Page) discountProblem(d models.CartDiscount) string {
	if d.Problem == models.DiscountMinTotal {
		return p.Text("discount.problem.min_total", "Code", d.Code, "Least", p.Money(d.Least))
	}
	return p.Text("discount.problem."+string(d.Problem), "Code", d.Code)
}
