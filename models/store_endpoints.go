package models

import (
	"context"
	"strings"

	"gorm.io/gorm"
)

const endpointColumns = "id, url, kind, secret, events, created_at, disabled_at, reason"

// Endpoints lists all of them, and notes whether facts have to be fanned out from now on.
func (s *Store) Endpoints(ctx context.Context) (list []Endpoint, err error) {
	on := false
	err = query(s.read.WithContext(ctx), func(r scanner) error {
		e, err := scanEndpoint(r)
		list, on = append(list, e), on || e.On()
		return err
	}, "SELECT "+endpointColumns+" FROM endpoints ORDER BY id")
	if err != nil {
		return nil, storageError(err)
	}
	s.telling.Store(on)
	return list, nil
}

// Telling tells whether anybody is to be told of what happens.
func (s *Store) Telling() bool { return s.telling.Load() }

func scanEndpoint(r scanner) (e Endpoint, err error) {
	var events string
	var created, disabled int64
	err = r.Scan(&e.ID, &e.URL, &e.Kind, &e.Secret, &events, &created, &disabled, &e.Reason)
	e.Events, e.CreatedAt, e.DisabledAt = strings.Fields(events), fromMillis(created), fromMillis(disabled)
	return e, err
}

// EndpointStates lists the endpoints with how many deliveries each has that are due or dead. Those that were removed and
// have none are left out.
func (s *Store) EndpointStates(ctx context.Context) ([]Endpoint, error) {
	all, err := s.Endpoints(ctx)
	if err != nil {
		return nil, err
	}
	counts := map[int64]map[DeliveryState]int{}
	err = query(s.read.WithContext(ctx), func(r scanner) error {
		var id int64
		var state DeliveryState
		var n int
		if err := r.Scan(&id, &state, &n); err != nil {
			return err
		}
		if counts[id] == nil {
			counts[id] = map[DeliveryState]int{}
		}
		counts[id][state] = n
		return nil
	}, "SELECT endpoint_id, state, COUNT(*) FROM deliveries WHERE state <> 'delivered' GROUP BY endpoint_id, state")
	if err != nil {
		return nil, storageError(err)
	}
	var list []Endpoint
	for _, e := range all {
		e.Pending, e.Dead = counts[e.ID][DeliveryPending], counts[e.ID][DeliveryDead]
		if e.Reason != ReasonRemoved || e.Dead > 0 {
			list = append(list, e)
		}
	}
	return list, nil
}

// SetEndpoints makes the endpoints of the configuration and the program's hooks known: new ones are added, those that came back
// are turned on, and those that are named no more are turned off, their deliveries given up. One that answered 410 stays off
// until an operator turns it on. Endpoints of the console are left alone, unless one has the same URL.
func (s *Store) SetEndpoints(ctx context.Context, want []Endpoint) error {
	have, err := s.Endpoints(ctx)
	if err != nil || len(have)+len(want) == 0 {
		return err
	}
	err = s.write(ctx, func(tx *gorm.DB) error {
		now := millis(s.now())
		named := map[string]bool{}
		for _, e := range want {
			named[e.URL] = true
			_, err := exec(tx, `INSERT INTO endpoints (url, kind, events, created_at) VALUES (?, ?, ?, ?)
				ON CONFLICT (url) DO UPDATE SET kind = excluded.kind, secret = '', events = excluded.events`, e.URL, e.Kind, strings.Join(e.Events, " "), now)
			if err != nil {
				return err
			}
			if _, err := exec(tx, "UPDATE endpoints SET disabled_at = 0, reason = '' WHERE url = ? AND reason = ?", e.URL, ReasonRemoved); err != nil {
				return err
			}
		}
		for _, e := range have {
			if e.Kind != EndpointConsole && !named[e.URL] && e.On() {
				if err := turnOff(tx, e.ID, ReasonRemoved, now); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, err = s.Endpoints(ctx)
	return err
}

func turnOff(tx *gorm.DB, id int64, reason string, now int64) error {
	if _, err := exec(tx, "UPDATE endpoints SET disabled_at = ?, reason = ? WHERE id = ? AND disabled_at = 0", now, reason, id); err != nil {
		return err
	}
	if _, err := exec(tx, "UPDATE deliveries SET state = ?, next_at = 0, done_at = ? WHERE endpoint_id = ? AND next_at > 0", DeliveryDead, now, id); err != nil {
		return err
	}
	if reason == ReasonRemoved { // whoever removed it knows
		return lostSeen(tx, id, now)
	}
	return nil
}

// TurnOn lets an endpoint that answered 410 have what happens from now on; what was given up stays so.
func (s *Store) TurnOn(ctx context.Context, id int64) error {
	err := s.write(ctx, func(tx *gorm.DB) error {
		n, err := exec(tx, "UPDATE endpoints SET disabled_at = 0, reason = '' WHERE id = ? AND reason = ?", id, ReasonGone)
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		return err
	})
	if err == nil {
		s.telling.Store(true)
	}
	return err
}
