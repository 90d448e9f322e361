"""Pseudonyms: a friendly name for each student, which nobody can trace without the course secret.

A name depends on the secret and the student alone. So it lasts as long as the secret does, and a student who joins
renames nobody. The words are part of that: names change where the lists change, so they stay as they are. None is a
person's given name.
"""

import hashlib
import hmac
from html import escape

from nbconvert.preprocessors import Preprocessor

from autograder.grading.leaderboard.ranking import HELD_OUT
from autograder.grading.run import KEY
from autograder.grading.secret import course_secret

TOLD = (
    "If the course publishes a leaderboard, your name on it is {name}. Only you and those who grade can know that. "
    "Tell them if you would rather not be listed."
)
ADJECTIVES = """
agile airy alert ample amused apt aqua arctic ardent artful astute avid awake azure balanced blithe bold bonny brave
breezy bright brisk bubbly buoyant busy calm candid careful caring cheerful cheery chipper civil classic clear clever
coastal cobalt cordial cosmic cosy crafty creative crimson crisp curious dapper daring dashing deft dewy diligent
distant dreamy durable eager early earnest easy elegant emerald eminent epic evening exact fabled faithful famous
fancy fearless festive fine firm floral fluent flying fond free fresh friendly frosty funny gallant generous gentle
genuine gifted gilded glad gleaming glowing golden graceful grand grateful green handy happy hardy hearty helpful
heroic hopeful humble icy ideal indigo inland jaunty jolly jovial joyful jubilant keen kind lasting leafy level lilac
limber lively lofty logical loyal lucid lucky lunar lush majestic maroon mellow merry mighty mild mindful mint misty
modest morning mossy musical mystic neat nifty nimble northern novel oaken olive open orderly pacific patient peaceful
pearly pensive placid playful pleasant plucky poetic poised polar polite prime prompt proud prudent pure quaint quick
quiet radiant rapid rare ready regal relaxed robust rosy royal rural rustic saffron sandy sapphire scenic secure
serene shining silent silken silver sincere smiling smooth snowy solar solid southern spirited splendid sprightly
spring spry starry steady stellar sterling stoic sturdy subtle sunlit sunny sure swift tactful teal thankful thorough
thrifty tidy timely tranquil trusty truthful turquoise upbeat urban valiant velvet verdant vernal versatile vibrant
vigilant vivid warm watchful wavy welcome whimsical willing winged winter wise witty wondrous worthy zesty
""".split()
NOUNS = """
albatross alder alpaca anchovy anemone antelope apple apricot aspen aster auk avocet badger bamboo barberry barley
barracuda bee beech begonia birch bison blackbird bluebell bluebird bobolink briar bullfinch bunting buttercup
butterfly canary caracal caribou cassowary catfish cedar chaffinch chamois chestnut chickadee chicory chinchilla
chough cicada citron columbine condor conifer cormorant corncrake cornflower cowslip crane cricket crocus crossbill
curlew cypress daffodil damselfly darter deer dipper dogwood dolphin dormouse dotterel dove dragonfly dunlin eagle
edelweiss egret eider elk elm ermine falcon fieldfare fig finch fir firecrest firefly flamingo flax flounder foxglove
freesia frigate fulmar gannet gardenia garganey gazelle gecko gentian geranium gerbil giraffe goldcrest goldfinch
goosander goshawk grebe greenfinch grouse guillemot gull haddock hake halibut hare harrier hawk hawthorn hedgehog
heron herring hibiscus honeybee hornbeam hydrangea ibex ibis iguana impala jacana jackdaw kestrel kingfisher kite
kittiwake koala kudu lacewing ladybird lapwing larch larkspur lavender lemon lemur lichen lime linnet lion lizard
llama lotus lupin lynx lyrebird mackerel magpie mallard mango maple marmot marten meerkat merganser mimosa minnow
mulberry mullet narwhal newt nightjar nuthatch oak ocelot octopus oleander orchid oriole oryx osprey otter ouzel owl
oystercatcher panda parrot partridge peacock pear pelican penguin peony perch peregrine petrel petunia phalarope
pheasant pika pike pine pintail pipit plaice plover plum pochard pollock poplar porpoise primrose ptarmigan puffin
quail quetzal quince rabbit razorbill redpoll redstart redwing reindeer rook salmon sanderling sandpiper sardine
sawfly seahorse seal sequoia serin shearwater shelduck shrike siskin skimmer skua skylark snapdragon snipe snowdrop
sparrow spoonbill sprat spruce squirrel starfish starling stilt stoat stonechat stork sturgeon sunbird sunflower swan
sycamore tamarin tamarisk tanager tapir tench tern thistle thrush thyme tiger toucan treefrog trout tulip tuna turbot
turnstone turtle veery verbena vicuna vireo wagtail warbler waxwing wheatear whimbrel whinchat whitethroat wigeon
wisteria wolverine wombat woodcock woodlark wryneck yarrow yew zebra zinnia
""".split()
NUMBERS = range(100, 1000)


def pseudonym(secret: bytes, student: str) -> str:
    """The name of a student: two words and a number, "quiet heron 417".

    There are 67 million, so that in a class of 1,000 two share one with a probability below one per cent. HMAC-SHA256
    (https://www.rfc-editor.org/rfc/rfc2104) keeps anybody from finding one by trying the names of the class.
    """
    digest = hmac.new(secret, b"pseudonym\0" + student.encode(), hashlib.sha256).digest()
    rest, parts = int.from_bytes(digest, "big"), []
    for choices in (ADJECTIVES, NOUNS, NUMBERS):
        rest, chosen = divmod(rest, len(choices))
        parts.append(str(choices[chosen]))
    return " ".join(parts)


class TellPseudonym(Preprocessor):
    """Writes a student's pseudonym under each result that a leaderboard ranks, in the feedback page alone.

    nbgrader_config.py names it as a preprocessor of the exporter that makes feedback and formgrader's pages.
    """

    def preprocess(self, nb, resources):
        if self.parent.template_name == "feedback":
            results = [cell for cell in nb.cells if HELD_OUT in cell.metadata.get(KEY, {})]
            for output in (output for cell in results for output in cell.outputs):
                if "text/html" in output.get("data", {}):
                    name = pseudonym(course_secret(), resources["nbgrader"]["student"])
                    output.data["text/html"] += f"<p>{escape(TOLD.format(name=name))}</p>"
        return nb, resources
