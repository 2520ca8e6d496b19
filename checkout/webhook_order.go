package checkout

import (
	"encoding/json"
	"time"

	"lianlian-checkout/models"
)

// WebhookBody is what a webhook says: its type, when that happened, and the order as it is now. It holds nothing of the buyer: who
// needs that asks for the order.
func WebhookBody(typ string, at time.Time, o models.Order) []byte {
	body, err := json.Marshal(struct {
		Type      string           `json:"type"`
		Timestamp time.Time        `json:"timestamp"`
		Data      models.OrderJSON `json:"data"`
	}{typ, at.UTC(), models.NewOrderJSON(o)})
	if err != nil {
		panic(err) // plain structs of texts and times
	}
	return body
}
