package protocol

import "time"

// Report is what a run proved, and how much of it.
type Report struct {
	Depth  int    `json:"depth"`
	Points int    `json:"points"`
	Shard  int    `json:"shard"`
	Shards int    `json:"shards"`
	Sample uint64 `json:"sample,omitempty"` // the seed, if histories were drawn
	// Total adds the scenarios up.
	Total     Counts           `json:"total"`
	Scenarios []ScenarioCounts `json:"scenarios"`
	// Complete says that every history of the shard was lived.
	Complete bool `json:"complete"`
	// Violations are what must never happen and did, those of the fewest deviations first.
	Violations []Violation   `json:"violations"`
	Duration   time.Duration `json:"duration"` // in nanoseconds
}

// ScenarioCounts are the counts of one scenario.
type ScenarioCounts struct {
	Name string `json:"name"`
	Counts
}

// Counts is what histories exercised.
type Counts struct {
	Histories int `json:"histories"`
	// Faults are deviations that broke something, Crashes the deaths of the process among them.
	Faults  int `json:"faults"`
	Crashes int `json:"crashes"`
	// Residue counts histories that prove nothing about what a person deleted: a create was repeated, where the service makes things
	// twice, and nobody can tell whether a person had removed the first one; or a deletion is of a class that the product is known not
	// to foresee (history.residual), which prove nothing about duplicates either. Held counts those in which something was left to a
	// person, Blind those in which something may have been overwritten unseen: the journal tells of it, or the service ignored the
	// condition of a write.
	Residue int `json:"residue"`
	Held    int `json:"held"`
	Blind   int `json:"blind"`
	// All is how many histories there are at this depth, over all shards; 0 where counting them would mean to live them.
	All int `json:"all,omitempty"`
	// Parts is in how many parts all histories of the greatest depth fall (one for each first deviation), Lived how many of them
	// were lived to their end; so Lived/Parts is the covered share.
	Parts   int     `json:"parts"`
	Lived   int     `json:"lived"`
	Covered float64 `json:"covered"`
	// Probes count how often each branch of the protocol was taken and each row of the failure table met.
	Probes map[string]int `json:"probes"`
	// Checked counts the histories that exercised each invariant. One that was never exercised is unknown, not passed.
	Checked map[string]int `json:"checked"`
}

// Violation is one history that ended badly.
type Violation struct {
	Scenario   string      `json:"scenario"`
	Deviations []Deviation `json:"deviations"`
	What       []string    `json:"what"`
	Trace      []string    `json:"trace"`
}

func newCounts() Counts { return Counts{Probes: map[string]int{}, Checked: map[string]int{}} }

// note adds what one history exercised.
func (c *Counts) note(t *tally) {
	c.Histories++
	c.Faults += t.faults
	c.Crashes += t.crashes
	c.Residue += min(t.residue, 1)
	c.Held += min(t.held, 1)
	if t.blind {
		c.Blind++
	}
	for name, n := range t.probes { // any order: they are added up
		c.Probes[name] += n
	}
	for checked, yes := range t.checked {
		if yes {
			c.Checked[checker(checked).String()]++
		}
	}
}

// add adds other counts to these.
func (c *Counts) add(more *Counts) {
	c.Histories += more.Histories
	c.Faults += more.Faults
	c.Crashes += more.Crashes
	c.Residue += more.Residue
	c.Held += more.Held
	c.Blind += more.Blind
	c.All += more.All
	c.Parts += more.Parts
	c.Lived += more.Lived
	for name, n := range more.Probes { // any order: they are added up
		c.Probes[name] += n
	}
	for name, n := range more.Checked { // any order: they are added up
		c.Checked[name] += n
	}
}

// cover works out the covered share.
func (c *Counts) cover() {
	switch {
	case c.All > 0:
		c.Covered = float64(c.Histories) / float64(c.All)
	case c.Parts > 0:
		c.Covered = float64(c.Lived) / float64(c.Parts)
	}
}
