package plan

import (
	"raynetsync/internal/engine/change"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
)

// Needs tells which sides of a linked item must be read before Decide can judge it: the side that an edit would be written
// to, and whatever is missing for a decision. An item that shows nothing new needs nothing, so that an echo of our own write
// costs no request.
func Needs(c Context, item Item) (raynet, outlook bool) {
	if item.Link == nil || item.Link.State == journal.Making || item.Link.FrozenUntil.After(c.Now) {
		return false, false
	}
	link := *item.Link
	if now := present(item.Raynet); now != nil && now.Erased {
		return false, item.Outlook == nil && link.Reason != Anonymised && !link.Outlook.Ref.IsZero()
	}
	raynetSeen := change.Classify(c.Digester, c.Schema, link.Raynet, item.Raynet)
	outlookSeen := change.Classify(c.Digester, c.Schema, link.Outlook, item.Outlook)
	if link.State.Tombstone() {
		return needsForReturn(c, link, item)
	}
	raynetNow := present(item.Raynet)
	outlook = item.Outlook == nil && (raynetSeen.What == change.Removed && item.Deletion == Proven ||
		raynetSeen.What == change.Edited ||
		raynetNow != nil && !link.Owner && !raynetNow.Concerns(c.Pair.Person))
	empties := turned(item.Outlook) && link.Origin == record.Outlook
	raynet = item.Raynet == nil && (outlookSeen.What == change.Edited || empties)
	if raynetNow != nil && raynetNow.Partial && (empties || outlookSeen.What == change.Edited || raynetSeen.What == change.Edited ||
		raynetNow.Version == "" || raynetNow.Version != link.Raynet.Version) {
		raynet = true // what the row does not show may be what was changed
	}
	return raynet, outlook
}

// needsForReturn asks for the other side where one side of a tombstone shows that the link may work again, or RAYNET's is to be emptied.
func needsForReturn(c Context, link journal.Link, item Item) (raynet, outlook bool) {
	raynetNow, outlookNow := present(item.Raynet), present(item.Outlook)
	if turned(item.Outlook) && (outlookNow != nil || link.State == journal.Released) {
		return (item.Raynet == nil || raynetNow != nil && raynetNow.Partial) && link.Reason != TurnedPrivate && stillOurs(link), false
	}
	returns := raynetNow != nil && raynetNow.Rule == "" && raynetNow.Concerns(c.Pair.Person) &&
		c.Rules.Within(raynetNow.Span, c.Now)
	partial := returns && raynetNow.Partial // what the row does not show may be what was changed
	switch link.State {
	case journal.Released:
		outlook = item.Outlook == nil && returns
		raynet = partial || item.Raynet == nil && outlookNow != nil && outlookNow.Rule == "" && c.Rules.Within(outlookNow.Span, c.Now)
	case journal.Hidden:
		raynet = outlookNow != nil && outlookNow.Rule == "" && (item.Raynet == nil || partial)
	case journal.Dissolved:
		if returns && (link.Reason == TakenOff || link.Reason == DeletedInRaynet && stillOurs(link)) {
			return partial, item.Outlook == nil && !link.Outlook.Ref.IsZero()
		}
	case journal.Making, journal.Linked:
	}
	return raynet, outlook
}
