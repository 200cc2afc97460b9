/** Common short English words, for suggested passphrases and for judging others. Five of them: over 53 bits. */
export const words: readonly string[] = `
  able acid acorn actor add adult after agent agree ahead air aisle alarm album alert alley allow almond alone
  alpha also amber amount ample anchor angle animal ankle answer ant apple apron arch area arena argue arm armor
  army aroma arrow art artist ash aside ask aspen atlas atom attic aunt autumn avenue awake award aware away
  awning axis axle baby back bacon badge bag bake baker ball balm bamboo banana band banjo bank banner barber bare
  bark barley barn barrel base basil basin basket bass bat batch bath beach bead beak beam bean bear beard beast
  beat beauty beaver bed bee beech beef beetle begin bell belly belt bench bend berry best better beyond bicycle
  big bike bill bind birch bird bison bite black blade blanket blaze blend blind blink block bloom blue blush
  board boat body boil bold bolt bone bonus book boot border boss bottle bottom bowl box boy brace brain branch
  brand brass brave bread break breeze brick bride bridge brief bright bring brisk broad bronze brook broom brown
  brush bubble bucket buckle bud budget buffalo build bulb bull bumper bunch bundle bunny burn burst bus bush
  butter button buy buzz cabin cable cactus cage cake calf call calm camel camera camp canal candle candy canoe
  canvas canyon cap cape car card care cargo carp carpet carrot carry cart carve case cash castle cat catch cattle
  cause cave cedar ceiling cell cello cement center cereal chain chair chalk champ chance change charm chart chase
  cheap check cheek cheer cheese chef cherry chess chest chew chick chief child chime chin chip choice choir chord
  chorus chunk cider cinema circle circus city civic claim clam clap class claw clay clean clear clerk clever
  cliff climb clinic clock close cloth cloud clover clown club coach coal coast coat cobra cocoa coconut code
  coffee coil coin cold collar color colt comb come comet comic common compass cook cool copper copy coral cord
  core corn corner cost cotton couch cougar count county course cousin cover cow cozy crab crack cradle craft
  crane crater crayon cream create creek crew cricket crisp crop cross crow crowd crown cruise crumb crust cry
  crystal cube cuff cup curb cure curl curry curve cushion custom cute cycle daily dairy daisy dam damp dance
  danger dark dart dash data dawn day deal dear debate decade deck deep deer degree delay delta den dentist depth
  desert design desk detail dial diamond diary dice diet dig dime dine dinner dip dirt dish disk dive dock doctor
  dog doll dolphin dome donkey door dose dot double dough dove down dozen draft dragon drain drama draw dream
  dress drift drill drink drive drop drum dry duck duet dune dusk dust duty dwarf each eager eagle ear early earn
  earth ease easel east easy eat echo edge edit eel effort egg eight elbow elder elf elk elm ember empty enamel
  end energy engine enjoy enough enter entry envoy equal error essay even evening event ever every exam exit
  expert extra eye fable fabric face fact fade fair fairy faith falcon fall family famous fan fancy far farm fast
  father fawn feast feather feed feel fence fern ferry fever few fiber fiddle field fifty fig file fill film
  filter final find fine finger finish fire firm first fish five flag flame flash flask flat flavor flax fleet
  flint flip float flock flood floor flour flow flower fluff flute fly foam focus fog foil fold folk follow food
  foot forest fork form fort forum fossil found four fox frame free fresh friend frog front frost fruit fuel full
  fun funny fur future gadget gain galaxy gale game gap garage garden garlic gas gate gather gear gem genius
  gentle giant gift ginger giraffe girl give glad glass glaze globe gloom glove glow glue goal goat gold golf good
  goose gospel gown grace grade grain grand grant grape graph grass gravy gray great green grid grill grin grip
  grove grow guard guess guest guide guitar gulf gull gum gust guy gym habit hail hair half hall hammer hand
  handle happy harbor hard hare harp harvest hat hatch haul have hawk hay hazel head heart heat heavy hedge heel
  height helmet help hen herb herd hero heron hidden high hike hill hint hip hire history hive hobby hold hole
  holiday hollow home honest honey hood hoof hook hop hope horn horse hose hotel hour house hover hub hug huge
  human humble humor hundred hunt hurry hut hymn ice icon idea idle igloo image inch index ink inlet inner input
  insect inside iris iron island issue item ivory ivy jacket jade jaguar jam jar jazz jeans jelly jet jewel job
  jog join joke jolly journey joy judge jug juice jump jungle junior jury just kayak keen keep kettle key kick kid
  kidney kind king kiosk kite kitten kiwi knee knife knight knit knock knot know koala label labor lace ladder
  lady lagoon lake lamb lamp lance land lane lantern lap large lark laser last late laugh launch laundry lava lawn
  lawyer layer lazy lead leaf lean learn leather leave ledge left leg legend lemon lend length lens lentil leopard
  lesson letter level lever liberty library lid life lift light like lilac lily lime limit line linen link lion
  lip liquid list listen little live lizard llama load loaf lobby lobster local lock lodge loft logic long look
  loop lotus loud lounge love low loyal luck lumber lunar lunch lung lute lyric magic magnet maid mail main major
  make mall mammal man mango manor map maple marble march margin marine mark market maroon marsh mask mason mast
  master mat match math matter mayor maze meadow meal mean measure meat medal media meet melody melon melt member
  memory mentor menu mercy merit merry mesh message metal meteor meter method middle mild mile milk mill mimic
  mind mine mineral mint minute mirror mist mix mobile model modern moment monday money monkey month moon moose
  moral more morning mosaic moss motel moth mother motor mount mouse mouth move movie much mud muffin mug mule
  muscle museum music must myth nail name napkin narrow nation native nature navy near neat neck nectar need
  needle nephew nest net never new news next nice nickel niece night nine noble noise noodle noon normal north
  nose note notice novel now number nurse nut nylon oak oar oasis oat object oboe ocean octopus odd offer office
  often oil old olive omega once one onion only opal open opera option orange orbit orchard orchid order organ
  origin osprey other otter outer oval oven over owl own owner oyster pace pack paddle page pail paint pair palace
  pale palm pan panda panel panther paper parade parcel park parrot part party pass pasta paste patch path patient
  patrol pause paw pay pea peace peach peak peanut pear pearl pebble pecan pedal pen pencil people pepper perch
  perfect perfume period person pet petal phone photo phrase piano pick picnic picture pie piece pier pig pigeon
  pile pillow pilot pin pine pink pint pioneer pipe pirate pit pitch pizza place plain plan planet plank plant
  plate play plaza plenty plot plow plug plum plus pocket poem poet point polar pole police polish polite pond
  pony pool pop poppy porch port pose post pot potato pouch pound powder power praise prepare present press pretty
  price pride prince print prism prize profit proof proud public pudding puff pull pulp pulse puma pump pumpkin
  pupil puppet puppy pure purple purse push puzzle pyramid quail quality quarter queen quest quick quiet quilt
  quince quiz quote rabbit raccoon race rack radar radio radish raft rail rain raise rally ram ranch range rapid
  rare rate raven raw ray reach read ready real reason rebel recipe record red reed reef reel refer regular relax
  relay reply rescue rest return reward rhyme rhythm rib ribbon rice rich ride ridge right ring rinse ripe ripple
  rise river road roast robe robin robot rock rocket rod role roll roof room root rope rose rotate rough round
  route row royal ruby rug rule ruler run rural rush rust sack saddle safe saga sail salad salmon salon salt
  salute same sample sand sandal satin sauce sauna save saw scale scarf scene scent school science scoop score
  scout scrap screen script scroll sea seal search season seat second secret see seed select sell send senior
  sense series serve set settle seven shade shadow shake shallow shape share shark sharp shed sheep sheet shelf
  shell shelter shield shift shine ship shirt shoe shop shore short shovel show shower shrimp shrub shy side siege
  sign signal silent silk silver simple since sing sink sip siren sister site six size skate sketch ski skill skin
  skirt sky slate sleep sleeve slice slide slim slope slow small smart smile smoke smooth snack snail snake snow
  soap soccer social sock soda sofa soft soil solar solid solo song soon sort soul sound soup sour south space
  spade spare spark speak spear speed spell spend sphere spice spider spike spin spiral spirit splash spoon sport
  spot spray spring spruce square squash squid stable stack stadium staff stage stair stamp stand star start state
  statue stay steam steel stem step stew stick still stir stock stone stool stop store storm story stove straw
  stream street string strong studio study style sugar suit summer sun sunset super supper surf swallow swamp swan
  sweater sweet swift swim swing switch sword symbol syrup system table tablet taco tail tailor take talent talk
  tall tango tank tape target task taste tax taxi tea teach team teapot tell temple ten tennis tent term test text
  thank theater theme thick thin thing think third thirty thorn thread three thrive throat throne thumb thunder
  ticket tide tidy tiger tile timber time tin tiny tip tire title toad toast today toe tomato tone tongue tool
  tooth top topic torch tornado total touch tour towel tower town toy track trade trail train trap travel tray
  treat tree trek trend trial tribe trick trim trio trip trophy truck true trumpet trunk trust truth try tube
  tulip tuna tunnel turkey turn turtle tutor twelve twenty twig twin twist two type ugly ultra uncle under union
  unique unit until upper urban urge urn use useful usual vacant valley value valve van vanilla vapor vast vault
  vein velvet vendor verb verse very vessel vest vet video view village vine vinyl violet violin visa vision visit
  vital vivid vocal voice volcano volume vote vowel voyage wade waffle wagon waist wait wake walk wall walnut
  walrus waltz want warm wash wasp watch water wave wax way wealth wear weather weave web wedge week weigh welcome
  well west whale wheat wheel whip whisper whistle white whole wide wife wild will willow win wind window wine
  wing wink winter wipe wire wise wish wolf wonder wood wool word work world worm wrap wren wrist write yacht yard
  yarn yawn year yeast yell yellow yes yoga yogurt young youth zebra zero zigzag zinc zone zoo
`
  .trim()
  .split(/\s+/)
