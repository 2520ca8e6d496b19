package views

import "lianlian-checkout/models"

// FindForm is the look-up of an order. Its zero value is a fresh form.
type FindForm struct {
	Number, Email string // as typed
	Errors        []models.FieldError
	NotFound      bool // no order has both; says no more than that
	Sent          bool // a link was sent, if there is such an order
}

func (f FindForm) title(p Page) string {
	switch {
	case f.Sent:
		return p.Text("find.sent_title")
	case f.NotFound || len(f.Errors) > 0:
		return p.Text("find.title_error")
	}
	return p.Text("find.title")
}

func (f FindForm) number(p Page) field {
	return field{name: "number", label: p.Text("field.number"), hint: p.Text("find.number_hint"), kind: "text", autocomplete: "off", value: f.Number, required: true, problem: f.problem(p, "number")}
}

func (f FindForm) email(p Page) field {
	return field{name: "email", label: p.Text("field.email"), kind: "email", autocomplete: "email", inputmode: "email", value: f.Email, required: true, problem: f.problem(p, "email")}
}

func (f FindForm) problem(p Page, name string) string {
	for _, e := range f.Errors {
		if e.Field == name {
			return p.fieldProblem(e)
		}
	}
	return ""
}

// problems are what the summary lists: the control's id and the words.
func (f FindForm) problems(p Page) []fact {
	if f.NotFound {
		return []fact{{label: "number", value: p.Text("find.none")}}
	}
	var list []fact
	for _, e := range f.Errors {
		list = append(list, fact{label: e.Field, value: p.fieldProblem(e)})
	}
	return list
}
