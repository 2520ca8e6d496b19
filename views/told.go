package views

import "lianlian-checkout/models"

// Told is how an order stands and what was said about it, in a language: the desk's timeline in a line for each entry.
func (s *Site) Told(lang string, o models.Order, events []models.Event) (status string, lines []string) {
	p := Page{Site: s, Lang: lang}
	for _, e := range events {
		line := p.eventName(e)
		if e.Verdict != "" {
			line += " – " + p.Text("verdict."+string(e.Verdict))
		}
		if e.From != "" || e.To != "" {
			line += ": " + p.change(e)
		}
		lines = append(lines, line)
	}
	return p.Text("status." + string(o.Status)), lines
}
