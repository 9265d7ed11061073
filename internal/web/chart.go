package web

import (
	"math"
	"strconv"
	"strings"
	"time"

	"raynetsync/internal/admin"
)

// The chart's measures, in the units of its own drawing.
const (
	chartWidth, chartHeight = 720.0, 190.0
	chartLeft, chartRight   = 36.0, 44.0
	chartTop, chartBottom   = 12.0, 24.0
)

// chart is what was carried, as bars, and how long it took, as a line, drawn without a script.
type chart struct {
	Width, Height    float64
	Left, Right, Top float64
	Base             float64 // y of the axis
	Bars             []bar
	// Lines are the delays of hours that follow each other, the points of each as "x,y"; Dots those that stand alone.
	Lines []string
	Dots  []dot
	Marks []mark
	// Most is the largest bar, Slowest the largest delay, written out.
	Most, Slowest string
	Carried       int // all changes together
	Average       string
}

// bar is one part of the time: to Outlook below, to RAYNET on top of it.
type bar struct {
	X, Width                float64
	OutlookY, OutlookHeight float64
	RaynetY, RaynetHeight   float64
	Title                   string
}

// dot is a single point.
type dot struct{ X, Y float64 }

// mark is a text below the axis.
type mark struct {
	X    float64
	Text string
}

// chart draws points. Days are named below a week, hours below a day.
func (v *visit) chart(points []admin.Point, week bool) chart {
	c := chart{Width: chartWidth, Height: chartHeight, Left: chartLeft, Right: chartWidth - chartRight, Top: chartTop, Base: chartHeight - chartBottom}
	most, slowest, total, timed := 1, 1.0, 0.0, 0
	for _, p := range points {
		most, slowest = max(most, p.ToRaynet+p.ToOutlook), max(slowest, p.Delay)
		c.Carried += p.ToRaynet + p.ToOutlook
		total, timed = total+p.Delay*float64(p.Timed), timed+p.Timed
	}
	step := (c.Right - c.Left) / float64(max(len(points), 1))
	tall := func(n int) float64 { return round1(float64(n) / float64(most) * (c.Base - c.Top)) }
	var line []dot
	for i, p := range points {
		x := c.Left + float64(i)*step
		b := bar{X: round1(x + step*.15), Width: round1(step * .7), OutlookHeight: tall(p.ToOutlook), RaynetHeight: tall(p.ToRaynet)}
		b.OutlookY = round1(c.Base - b.OutlookHeight)
		b.RaynetY = round1(b.OutlookY - b.RaynetHeight)
		b.Title = v.t("web.chart-bar", map[string]any{"At": v.texts.Time(p.At, v.zone), "Raynet": v.texts.Number(int64(p.ToRaynet)),
			"Outlook": v.texts.Number(int64(p.ToOutlook))})
		c.Bars = append(c.Bars, b)
		if p.Timed > 0 {
			y := c.Base - p.Delay/slowest*(c.Base-c.Top)
			line = append(line, dot{X: round1(x + step/2), Y: round1(y)})
		}
		if p.Timed == 0 || i == len(points)-1 { // hours without a change have no delay: the line does not cross them
			c.draw(line)
			line = nil
		}
		if at := p.At.In(v.zone); week && at.Hour() < 6 || !week && at.Hour()%6 == 0 {
			text := v.texts.Clock(p.At, v.zone)
			if week {
				text = strconv.Itoa(at.Day()) + ". " + strconv.Itoa(int(at.Month())) + "."
			}
			c.Marks = append(c.Marks, mark{X: round1(x + step/2), Text: text})
		}
	}
	c.Most, c.Slowest = v.texts.Number(int64(most)), v.texts.Duration(seconds(slowest))
	if timed > 0 {
		c.Average = v.texts.Duration(seconds(total / float64(timed)))
	}
	return c
}

func seconds(s float64) time.Duration {
	return time.Duration(s * float64(time.Second)).Round(100 * time.Millisecond)
}

func round1(x float64) float64 { return math.Round(x*10) / 10 }

// draw adds what follows each other as a line, or as a dot if it is alone.
func (c *chart) draw(line []dot) {
	if len(line) < 2 {
		c.Dots = append(c.Dots, line...)
		return
	}
	points := make([]string, len(line))
	for i, d := range line {
		points[i] = strconv.FormatFloat(d.X, 'f', -1, 64) + "," + strconv.FormatFloat(d.Y, 'f', -1, 64)
	}
	c.Lines = append(c.Lines, strings.Join(points, " "))
}
