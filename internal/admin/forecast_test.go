package admin_test

import (
	"fmt"
	"math"
	"testing"

	"raynetsync/internal/admin"
	"raynetsync/internal/record"
)

func planOf(n int, op string, side record.Side, kind record.Kind, users int) []admin.PlannedStep {
	out := make([]admin.PlannedStep, n)
	for i := range out {
		out[i] = admin.PlannedStep{User: fmt.Sprint("u", i%users), Kind: kind, Op: op, Side: side}
	}
	return out
}

func TestForecast(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	limited := newOffice(t, 1).enrol() // knows its budget
	limited.sync(true)
	limit := limited.Raynet.Budget().Limit
	if limit != 24000 {
		t.Fatalf("the emulator has a budget of %d", limit)
	}
	limited.Settings.ReservePercent = 20
	tests := []struct {
		name                string
		steps               []admin.PlannedStep
		code                string
		raynet, graph, days int
		minutes             float64
	}{
		{"nothing", nil, "nothing", 10, 20, 1, 0.05},
		{"only things that are set aside", planOf(50, "park", "", record.Calendar, 1), "nothing", 10, 20, 1, 0.05},
		{"links are free", planOf(50, "link", "", record.Calendar, 1), "nothing", 10, 20, 1, 0.05},
		{"creates in one mailbox", planOf(1000, "create", record.Outlook, record.Calendar, 1), "fits", 10, 1060, 1, 1.4},
		{"the same in many", planOf(1000, "create", record.Outlook, record.Calendar, 10), "fits", 10, 1060, 1, 0.45},
		{"more than a mailbox takes at once", planOf(20000, "create", record.Outlook, record.Contacts, 1), "fits", 10, 20820, 1, 26.8},
		{"tasks for RAYNET", planOf(2150, "create", record.Raynet, record.Tasks, 1), "fits", 2160, 20, 1, 3.7},
		{"contacts for RAYNET take more", planOf(1000, "create", record.Raynet, record.Contacts, 1), "fits", 2250, 20, 1, 3.8},
		{"changes of both", append(planOf(100, "update", record.Raynet, record.Calendar, 1), planOf(100, "update", record.Outlook, record.Calendar, 1)...), "fits", 210, 131, 1, 0.4},
		{"removals", planOf(10, "delete", record.Outlook, record.Calendar, 1), "fits", 10, 40, 1, 0.07},
		{"more than a day", planOf(40000, "create", record.Raynet, record.Tasks, 1), "days", 40010, 20, 3, 67.4},
	}
	for _, test := range tests {
		report := admin.Report{Cycles: []admin.Cycle{{Planned: test.steps, Requests: admin.Requests{Raynet: 10, Graph: 20}}}}
		f := limited.Forecast(report)
		if f.Code != test.code || f.Raynet != test.raynet || f.Graph < test.graph-1 || f.Graph > test.graph+1 || f.Days != test.days {
			t.Errorf("%s: %+v", test.name, f)
		}
		if math.Abs(f.Seconds/60-test.minutes) > 0.05*test.minutes+0.02 {
			t.Errorf("%s: %.2f minutes, want about %.2f", test.name, f.Seconds/60, test.minutes)
		}
		if got := f.Share; math.Abs(got-float64(test.raynet)/24000) > 1e-9 {
			t.Errorf("%s: a share of %v", test.name, got)
		}
		if f.Left < 19000 || f.Left > 19200 {
			t.Errorf("%s: %d requests left, want what is left over the reserve of a fifth", test.name, f.Left)
		}
		if blind := o.Forecast(report); blind.Raynet != f.Raynet || test.code != "nothing" && blind.Code != "unknown" || blind.Share != 0 {
			t.Errorf("%s: without a budget %+v", test.name, blind)
		}
	}
}

// A plan has its forecast, and the synchronisation keeps within it.
func TestAPlanTellsWhatItCosts(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2).enrol()
	for i := range 20 {
		o.meeting(fmt.Sprint("Porada ", i), 1+i%5)
	}
	report, err := o.Plan(t.Context(), admin.SyncOptions{Sweep: true})
	o.must(err)
	f := report.Forecast
	if f == nil || f.Code != "fits" || f.Graph < 20 || f.Seconds <= 0 || f.Left == 0 {
		t.Fatalf("forecast %+v", f)
	}
	before := o.out.Load()
	o.sync(true)
	if asked := int(o.out.Load() - before); asked > 2*(f.Raynet+f.Graph) {
		t.Errorf("%d requests, and %d were foretold", asked, f.Raynet+f.Graph)
	}
}
