package account

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
)

// rule says how guessing is slowed down: so many mistakes are free, then each one doubles the wait, up to a bound, so nobody is
// locked out for ever. Mistakes are forgotten one by one.
type rule struct {
	free   int
	most   time.Duration
	forget time.Duration // after which one mistake is forgotten
}

// Guessing is counted for the name and for the address. A name is held back less long than an address, because a stranger can
// do that to somebody else; and not at all where the person signed in lately. Many people may share one address.
func nameRule() rule    { return rule{free: 5, most: 5 * time.Minute, forget: 10 * time.Minute} }
func addressRule() rule { return rule{free: 20, most: 15 * time.Minute, forget: time.Minute} }

// count is how often one name or address was wrong.
type count struct {
	Mistakes int       `json:"n"`
	At       time.Time `json:"at"`             // of the latest mistake
	Until    time.Time `json:"until,omitzero"` // nothing is tried before
}

// left returns the mistakes that are not forgotten.
func (c count) left(r rule, now time.Time) int {
	forgotten := int(max(now.Sub(c.At), 0) / r.forget)
	return max(c.Mistakes-forgotten, 0)
}

// wait returns how long nothing may be tried. A clock that was set back makes nobody wait for longer than the bound.
func (c count) wait(r rule, now time.Time) time.Duration {
	return min(max(c.Until.Sub(now), 0), r.most)
}

// wrong notes a mistake.
func (c count) wrong(r rule, now time.Time) count {
	mistakes := min(c.left(r, now)+1, r.free+30)
	next := count{Mistakes: mistakes, At: now}
	if over := mistakes - r.free; over > 0 {
		next.Until = now.Add(min(time.Second<<(over-1), r.most))
	}
	return next
}

// throttle counts mistakes. Keys are hashes, so that what people typed in the wrong field is not kept.
type throttle struct {
	Names     map[string]count `json:"names"`
	Addresses map[string]count `json:"addresses"`
	loaded    bool
	saved     time.Time
}

const (
	// maxCounts bounds each of the two maps.
	maxCounts = 2000
	// fewCounts is up to how many counts each change is kept at once; more are kept every saveEvery, because then somebody is
	// flooding the server and a second lost in a restart does not matter.
	fewCounts = 100
	saveEvery = 5 * time.Second
	// throttleMemory is the name under which the counts are remembered.
	throttleMemory = "account/throttle"
)

// fingerprint is a short hash of a name or an address.
func fingerprint(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// place is what counts as one address: a whole /64 in IPv6, which one customer has for himself.
func place(from string) string {
	address, err := netip.ParseAddr(from)
	if err != nil {
		if port, err := netip.ParseAddrPort(from); err == nil {
			address = port.Addr()
		} else {
			return fingerprint(from)
		}
	}
	address = address.Unmap().WithZone("")
	if address.Is6() {
		if prefix, err := address.Prefix(64); err == nil {
			return fingerprint(prefix.String())
		}
	}
	return fingerprint(address.String())
}

// try is one attempt at a password.
type try struct {
	name, place string
	known       bool // the person signed in from there lately
}

// admit notes the attempt as a mistake before it is made, so that a thousand attempts at once are not all the first one;
// forgive takes it back. The failure is FailureSlow if it must not be made yet.
func (a *Accounts) admit(ctx context.Context, t try) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.load(ctx); err != nil {
		return err
	}
	now := a.now()
	name, address := a.throttle.Names[fingerprint(t.name)], a.throttle.Addresses[t.place]
	wait := address.wait(addressRule(), now)
	if !t.known {
		wait = max(wait, name.wait(nameRule(), now))
	}
	if wait > 0 {
		seconds := int((wait + time.Second - 1) / time.Second)
		return &Failure{Code: FailureSlow, Args: map[string]any{"Seconds": seconds}}
	}
	a.throttle.Names[fingerprint(t.name)] = name.wrong(nameRule(), now)
	a.throttle.Addresses[t.place] = address.wrong(addressRule(), now)
	bound(a.throttle.Names, nameRule(), now)
	bound(a.throttle.Addresses, addressRule(), now)
	return a.save(ctx, now)
}

// forgive takes back what admit noted: the password was right. The name's other mistakes are forgotten too; the address keeps
// its own, because somebody with an account must not be able to guess at those of others for ever.
func (a *Accounts) forgive(ctx context.Context, t try) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.load(ctx); err != nil {
		return err
	}
	delete(a.throttle.Names, fingerprint(t.name))
	address := a.throttle.Addresses[t.place]
	address.Mistakes, address.Until = max(address.Mistakes-1, 0), time.Time{}
	if a.throttle.Addresses[t.place] = address; address.Mistakes == 0 {
		delete(a.throttle.Addresses, t.place)
	}
	return a.save(ctx, a.now())
}

// bound removes what is forgotten and, if that is not enough, what has the fewest and oldest mistakes: so a flood of made-up
// names cannot push out the one that is really being guessed at.
func bound(counts map[string]count, r rule, now time.Time) {
	if len(counts) <= maxCounts {
		return
	}
	type item struct {
		key string
		count
	}
	var items []item
	for key, c := range counts {
		if c.left(r, now) == 0 && c.wait(r, now) == 0 {
			delete(counts, key)
			continue
		}
		items = append(items, item{key, c})
	}
	slices.SortFunc(items, func(x, y item) int {
		return cmp.Or(cmp.Compare(x.Mistakes, y.Mistakes), x.At.Compare(y.At), cmp.Compare(x.key, y.key))
	})
	// A tenth at once, so that this is not done at every attempt of a flood.
	for _, it := range items[:max(len(counts)-maxCounts*9/10, 0)] {
		delete(counts, it.key)
	}
}

// load reads the counts of earlier processes, once; a.mu is held.
func (a *Accounts) load(ctx context.Context) error {
	if a.throttle.loaded {
		return nil
	}
	read := throttle{Names: map[string]count{}, Addresses: map[string]count{}}
	value, ok, err := a.store.Recall(ctx, throttleMemory)
	if err == nil && ok {
		err = json.Unmarshal(value, &read)
	}
	if err != nil {
		return fmt.Errorf("read how often somebody was wrong: %w", err)
	}
	if read.Names == nil || read.Addresses == nil {
		read = throttle{Names: map[string]count{}, Addresses: map[string]count{}}
	}
	read.loaded = true
	a.throttle = read
	return nil
}

// save keeps the counts; a.mu is held.
func (a *Accounts) save(ctx context.Context, now time.Time) error {
	since := now.Sub(a.throttle.saved)
	if len(a.throttle.Names)+len(a.throttle.Addresses) > fewCounts && since >= 0 && since < saveEvery {
		return nil
	}
	value, err := json.Marshal(a.throttle)
	if err == nil {
		err = a.store.Remember(ctx, throttleMemory, value)
	}
	if err != nil {
		return fmt.Errorf("remember how often somebody was wrong: %w", err)
	}
	a.throttle.saved = now
	return nil
}
