package protocol

// Deviation is a choice other than the ordinary one: at the question with this number, the option with this number.
type Deviation struct {
	At     int `json:"at"`
	Option int `json:"option"`
}

// turn is one way in which a step can go.
type turn uint8

const (
	well        turn = iota
	crashBefore      // the process dies before the step is done
	crashAfter       // the process dies after it, and nobody learned of it
	failed           // a commit fails; nothing is durable
	unheard          // a commit fails, but it is durable: its answer was lost
	busy             // a commit is refused because of another writer
	lostRequest      // a request never arrives
	lostAnswer       // a request is carried out, and its answer gets lost
	late             // a request is carried out after its answer was waited for, within the settle horizon
	tooLate          // a request is carried out after the settle horizon
	throttled        // a service asks to be left alone for a while
	refused          // a service refuses this request for good
	unreachable      // a service does not answer a question
	unseen           // a service does not show yet what was just made there
	editRaynet       // people, from here on
	deleteRaynet
	editOutlook
	deleteOutlook
	copyOutlook
	editOther // in the second mailbox
	deleteOther
	turns
)

// String names the turn for traces.
func (t turn) String() string {
	return [turns]string{"well", "crash before", "crash after", "failed", "durable, but the answer was lost", "busy", "request lost", "answer lost",
		"late", "later than the settle horizon", "throttled", "refused", "no answer", "not seen yet", "edit in RAYNET", "delete in RAYNET",
		"edit in Outlook", "delete in Outlook", "copy in Outlook", "edit in the other mailbox", "delete in the other mailbox"}[t]
}

// human reports whether a turn is what a person does rather than something that breaks.
func (t turn) human() bool { return t >= editRaynet }

// choices answers the questions of one history: the deviations where they belong, everything else goes well.
type choices struct {
	deviations []Deviation
	next       int // the next deviation
	points     int // how many questions are asked at all
	options    []uint8
	drawn      bool // an option is any number, and counts among those that there are
	strange    int  // deviations that ask for an option that a question does not have, or for a second one at one question
	over       bool
}

// begin makes the choices ready for another history.
func (c *choices) begin(deviations []Deviation, points int) {
	c.deviations, c.next, c.points, c.options, c.strange, c.over = deviations, 0, points, c.options[:0], 0, false
	c.drawn = false
}

// take answers a question with so many options; the first is the ordinary one.
func (c *choices) take(options int) int {
	if options < 2 || c.over || len(c.options) >= c.points {
		return 0
	}
	at := len(c.options)
	c.options = append(c.options, uint8(options)) //nolint:gosec // there are fewer turns than that
	if c.next < len(c.deviations) && c.deviations[c.next].At == at {
		d := &c.deviations[c.next]
		c.next++
		if c.drawn {
			d.Option = 1 + d.Option%(options-1)
		}
		option := d.Option
		if option < options {
			return option
		}
		c.strange++
	}
	return 0
}

// end makes everything go well from here on.
func (c *choices) end() { c.over = true }

// combinations returns how many histories differ from this one by one more deviation, behind all that it has.
func (c *choices) combinations() int {
	n := 0
	for at := c.after(); at < len(c.options); at++ {
		n += int(c.options[at]) - 1
	}
	return n
}

// after returns the first question behind the last deviation.
func (c *choices) after() int {
	if n := len(c.deviations); n > 0 {
		return c.deviations[n-1].At + 1
	}
	return 0
}

// exact reports whether every deviation happened.
func (c *choices) exact() bool { return c.next == len(c.deviations) && c.strange == 0 }
