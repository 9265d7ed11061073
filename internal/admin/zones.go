package admin

import (
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
)

const (
	zonesKey = "raynet/zones"
	// zonesLast is how long a user's zone is believed; zonesAtOnce how many are asked for in one enrolment. RAYNET tells zones
	// only account by account, and its requests are counted.
	zonesLast   = 7 * 24 * time.Hour
	zonesAtOnce = 50
)

// accountZone is the time zone that a user has set in RAYNET.
type accountZone struct {
	Zone string    `json:"zone"` // IANA; empty if it is not known to us
	At   time.Time `json:"at"`
}

// knownZones returns the zones that were asked for before, by account id.
func (a *Admin) knownZones(ctx context.Context) (map[string]accountZone, error) {
	zones := map[string]accountZone{}
	value, ok, err := a.Store.Recall(ctx, zonesKey)
	if err != nil || !ok {
		return zones, err
	}
	if err := json.Unmarshal(value, &zones); err != nil {
		return zones, fmt.Errorf("read the zones of users: %w", err)
	}
	return zones, nil
}

// askZones completes the zones of the chosen users and remembers them.
func (a *Admin) askZones(ctx context.Context, rows []UserRow, zones map[string]accountZone) (map[string]accountZone, error) {
	asked := 0
	for _, row := range rows {
		if !row.Chosen || row.account == "" || asked >= zonesAtOnce {
			continue
		}
		if known, ok := zones[row.account]; ok && a.Now().Sub(known.At).Abs() < zonesLast {
			continue
		}
		zone, err := a.Raynet.ZoneOf(ctx, row.account)
		if err != nil {
			return zones, err
		}
		zones[row.account] = accountZone{Zone: zone, At: a.Now()}
		asked++
	}
	if asked == 0 {
		return zones, nil
	}
	value, err := json.Marshal(zones, json.Deterministic(true))
	if err != nil {
		return zones, err
	}
	return zones, a.Store.Remember(ctx, zonesKey, value)
}
