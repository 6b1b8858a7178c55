"""The words of Milepost, and the records that cross a package border.

Glossary; one word per thing, everywhere:

* **device**: an in-vehicle terminal (or a phone); its identity is its MQTT user name.
* **vehicle**: what moves; named by its plate.  A device is bound to it for a time.
* **binding**: which device was in which vehicle, ``[valid_from, valid_to)``.
* **party**: a company (customer, carrier, the operator itself).
* **site**: a place of business (hub, origin, destination) with a code and a time zone.
* **frame**: one MQTT message as it arrived, with the time of arrival.
* **sentence**: one NMEA 0183 line, ``$`` to checksum.
* **epoch**: the sentences a receiver wrote for one instant.
* **fix**: where a device was at one instant, by its own clock.
* **batch**: fixes in columns, folded and committed together.
* **screen**: a stage of the fold that raises flags; it never deletes.
* **flag**: one thing known against, or about, a fix.
* **grade**: how good a fix is, A, B, C or X.
* **reject**: input that became no fix; it is kept as a **dead letter**.
* **backfilled**: a fix older than the newest believed one of its vehicle when it came; a node
  found so far behind the newest fix that it is no news.
* **fence**: an outline on the ground, part of a site; each edit makes a new **version** of it.
* **visit**: one stay of a vehicle at a fence, as the fixes show it; derived, it may change.
* **node**: the record of an arrival, a departure or a passage; kept as versions, never changed.
* **evidence**: the fixes that prove a node.  **basis**: how its time is known.
* **late** (of a fix): not newer than what the fold has gone past; it asks for a **repair**.
* **repair**, **refold**: folding a vehicle's stored fixes again because its past has changed.
* **checkpoint**: a memory kept for repairs to begin from.
* **expected**: said of a vehicle that should come to a site within a certain time.
* **trip**: one journey of a vehicle over planned stops; its life is a table of **steps**.
* **plan**: what a trip was to be, in **revisions** that never change; 0 is the **baseline**.
* **stop**: a place in a plan.  What became of it is a **fact**, derived from visits and people.
* **assignment**: which vehicle and driver serve a trip, for a time.  **run**: a vehicle's part in
  a trip, while its fixes count for it; as it went, with its times: **driven**.
* **look**: what is concluded of a trip at one moment, kept as its **evaluation**; a **review** is
  a look that asks visits and people's words anew.  **standing**: what is remembered of a trip
  between two looks.  The **desk** is who looks.
* **condition**: what time alone tells of a trip: overdue, silent, staying too long.
* **way**: a line that is to be kept.
* **line**: a planned way on the ground; **route**: a named line with stops, to plan trips by.
* **progress**: how far along its line a vehicle is.
* **estimate**: when a stop will be reached: the middle one (P50) and the cautious one (P90).
* **delay**: against the plan, in seconds, positive late.  **risk**: how a stop stands to its due
  time.  **late** (of a trip): its middle estimate is past the tolerance.
* **segment**: a stretch between two places that plans have in common; travel time is learned there.
* **score**: how good an estimate was, once the truth is known.
* **world**: what the fold is judged against: devices, vehicles, bindings, fences, at one revision.
* **memory**: what the engines remember of one vehicle between batches.
* **change**: one entry of the feed that readers follow by **cursor**; the **bell** says "look".
* **scope**: whose vehicles and waybills a reader may see, and what it may do: its **rights**.
* **person**: who may sign in; has one **role**.  **principal**: who asks, a person, a key or the
  operator.  **audit**: who read an exact position, or changed something.
* **waybill**: goods of one customer on their way.  **leg**: a part of that way; a **booking** says
  which trip carries it, a **ride** when it was aboard a vehicle.
* **milestone**: a node of a waybill.  **scan**: goods onto a vehicle or off it.  **proof**: what
  people say of the delivery.  **promise**: until when it is to be there.
* **answer**: what was said to "where is it", kept whole.  **query**: a customer's question, from
  the asking to the reply.  **share**: a link to one waybill.
* **detector**: finds **episodes** of what is wrong; an **alert** is one that is kept.
* **exception**: what went wrong with goods; its **report** stands as it is, the **ledger** tells
  what was done.
* **transition**: a fact that somebody wants to be told of; a **notice** tells one recipient once,
  by a **channel**; a **try** is one attempt.
* **group**: vehicles that people look at together.  **facet**: a value to filter the board by,
  with how many vehicles have it.  **mark** (of a replay): a moment at which something happened.
* **cell**: a square of the map's grid, by which live positions are sent; a client's **audience**
  is who sees the same.
* **owed**: said of a look at a trip that waits until there is time for it.
* **message number**: by which a terminal numbers its messages; a **gap** is what never came.
* **partition**, **share**: the devices, or the messages, that one of several gateways takes.
  **rival**: another process that takes its session.  **finding**: what ``milepost check`` found.
* **identity** (of a device): its password and certificates.  **authority**: who signs these
  here.  **refusal**: what a broker did not let a device do.
* **profile** (of retention): how long what is kept, and by which rule.  **purge**: a removal, by
  retention or **erasure**; a **hold** keeps something from both.  **private** (of a vehicle):
  between its trips it is nobody's business where it is.
"""
