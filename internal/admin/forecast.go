package admin

import (
	"slices"
	"time"

	"raynetsync/internal/record"
)

// Forecast is what carrying out a plan is expected to cost. Its text is in the locale files under "forecast.<Code>".
type Forecast struct {
	// Code is nothing (there is nothing to do), fits, days (RAYNET's requests do not last for it today) or unknown (RAYNET did
	// not tell how many there are).
	Code string `json:"code"`
	// Raynet and Graph are the requests that are expected; parts of a batch count as requests of their own.
	Raynet int `json:"raynet"`
	Graph  int `json:"graph"`
	// Seconds is how long it takes, without the time that is waited for RAYNET's next day.
	Seconds float64 `json:"seconds"`
	// Share is the part of RAYNET's daily requests that it takes, 0.09 for nine percent; more than 1 is more than a day has.
	Share float64 `json:"share"`
	// Left is how many of today's requests we may still make: the rest is other integrations'.
	Left int `json:"left"`
	// Days is on how many days it spreads, today included.
	Days int `json:"days"`
}

// What a step costs, as docs/performance.md measured it.
const (
	raynetCreate        = 1.00 // tasks-initial: 1.00 RAYNET requests for each item
	raynetCreateContact = 2.24 // contacts-changed-job: a person with what RAYNET has requests of its own for
	raynetUpdate        = 2.00 // tasks-changed: 2.01; what is written is read right before
	raynetUpdateContact = 2.24 // contacts-changed-job; contacts-changed alone has 1.26
	raynetDelete        = 2.00 // read right before, like an update
	graphCreate         = 1.04 // contacts-initial: 1.00 to 1.04 Graph requests for each item
	graphUpdate         = 1.10 // contacts-changed: 1.10
	graphDelete         = 2.00 // read right before
	// reached is how near to its limits the first synchronisation comes (phase initial, share of the limit).
	reached = 0.66
)

// What both services allow, and how long they take to answer. The times are assumptions on the careful side: neither service
// promises any.
const (
	answerTime    = 200 * time.Millisecond
	raynetAtOnce  = 4 // RAYNET takes four requests of one client at a time; ours keeps one free
	mailboxAtOnce = 4 // Graph takes four requests of one mailbox at a time
	mailboxBurst  = 10_000
	mailboxRate   = 10_000.0 / 600 // requests in a second, once the burst is used up
	// upkeep is how many of RAYNET's requests a day takes without any change: a look each minute and a sweep each hour.
	upkeep = 24*60 + 24
)

// Forecast says what carrying out a plan is expected to cost: report is one that Plan returned. It asks nobody.
func (a *Admin) Forecast(report Report) Forecast {
	var f Forecast
	raynet, graph := 0.0, map[string]float64{} // by user
	steps := 0
	for _, cycle := range report.Cycles {
		for _, step := range cycle.Planned {
			if cost := raynetCost(step); cost > 0 {
				raynet += cost
				steps++
			} else if cost := graphCost(step); cost > 0 {
				graph[step.User] += cost
				steps++
			}
		}
		// What the plan read is read again.
		f.Raynet += int(cycle.Requests.Raynet)
		f.Graph += int(cycle.Requests.Graph)
	}
	reading := f
	f.Raynet += up(raynet)
	written := 0.0
	for _, cost := range graph { // any order: a sum
		written += cost
	}
	f.Graph += up(written)
	f.Seconds = seconds(reading, raynet, graph)
	f.Days = 1
	budget := a.ownBudget()
	switch {
	case steps == 0:
		f.Code = "nothing"
	case budget == nil:
		f.Code = "unknown"
	default:
		f.Code = "fits"
	}
	if budget == nil {
		return f
	}
	reserve := budget.Limit * a.Settings.ReservePercent / 100
	f.Share = float64(f.Raynet) / float64(budget.Limit)
	f.Left = max(0, budget.Remaining-reserve)
	if rest := f.Raynet - f.Left; rest > 0 && steps > 0 {
		f.Code = "days"
		f.Days += up(float64(rest) / float64(max(1, budget.Limit-reserve-upkeep)))
	}
	return f
}

// up rounds up.
func up(n float64) int {
	whole := int(n)
	if float64(whole) < n {
		whole++
	}
	return whole
}

func raynetCost(step PlannedStep) float64 {
	if step.Side != record.Raynet {
		return 0
	}
	contact := step.Kind == record.Contacts
	switch {
	case step.Op == "create" && contact:
		return raynetCreateContact
	case step.Op == "create":
		return raynetCreate
	case step.Op == "update" && contact:
		return raynetUpdateContact
	case step.Op == "update":
		return raynetUpdate
	case step.Op == "delete":
		return raynetDelete
	}
	return 0
}

func graphCost(step PlannedStep) float64 {
	if step.Side != record.Outlook {
		return 0
	}
	switch step.Op {
	case "create":
		return graphCreate
	case "update":
		return graphUpdate
	case "delete":
		return graphDelete
	}
	return 0
}

// seconds is how long the requests take: RAYNET's one after another as it allows, those of the mailboxes beside them, several
// mailboxes at a time.
func seconds(reading Forecast, raynet float64, graph map[string]float64) float64 {
	answer := answerTime.Seconds()
	slots := make([]float64, parallel)
	costs := make([]float64, 0, len(graph))
	for _, requests := range graph { // any order: sorted below
		rate := mailboxAtOnce / answer * reached
		took := min(requests, mailboxBurst) / rate
		if more := requests - mailboxBurst; more > 0 {
			took += more / min(rate, mailboxRate)
		}
		costs = append(costs, took)
	}
	slices.Sort(costs)
	for _, took := range slices.Backward(costs) { // the longest first, each to whoever is free first
		first := slices.Index(slots, slices.Min(slots))
		slots[first] += took
	}
	writing := max(slices.Max(slots), raynet*answer/(raynetAtOnce-1)/reached)
	return float64(reading.Raynet)*answer + float64(reading.Graph)*answer/parallel + writing
}
