/** Common emoji with their names (Unicode CLDR short names), by group. One string per group keeps the list small. */
import type { WordKey } from '../words/words.tsx'

export interface Emoji {
  readonly sign: string
  readonly name: string
}
export interface EmojiGroup {
  readonly title: WordKey
  readonly items: readonly Emoji[]
}

const group = (title: WordKey, list: string): EmojiGroup => ({
  title,
  items: list.split('|').map((entry) => {
    const [sign = '', ...name] = entry.split(' ')
    return { sign, name: name.join(' ') }
  }),
})

export const emojiGroups: readonly EmojiGroup[] = [
  group(
    'emoji.people',
    '😀 grinning face|😃 grinning face with big eyes|😄 grinning face with smiling eyes|😁 beaming face|😅 grinning face with sweat|😂 face with tears of joy|🤣 rolling on the floor laughing|🙂 slightly smiling face|🙃 upside-down face|😉 winking face|😊 smiling face with smiling eyes|😇 smiling face with halo|🥰 smiling face with hearts|😍 heart eyes|😘 face blowing a kiss|😋 face savoring food|😜 winking face with tongue|🤔 thinking face|🤨 raised eyebrow|😐 neutral face|😑 expressionless face|😶 face without mouth|🙄 rolling eyes|😏 smirking face|😬 grimacing face|😌 relieved face|😔 pensive face|😴 sleeping face|🤒 face with thermometer|🥵 hot face|🥶 cold face|🤯 exploding head|🥳 partying face|😎 sunglasses|🤓 nerd face|😕 confused face|😟 worried face|🙁 slightly frowning face|😮 open mouth|😳 flushed face|🥺 pleading face|😢 crying face|😭 loudly crying face|😤 face with steam|😠 angry face|😱 screaming in fear|🤗 hugging face|🫡 saluting face|🤐 zipper-mouth face',
  ),
  group(
    'emoji.hands',
    '👍 thumbs up|👎 thumbs down|👌 OK hand|✌️ victory hand|🤞 crossed fingers|🤝 handshake|👏 clapping hands|🙌 raising hands|🙏 folded hands|💪 flexed biceps|👋 waving hand|✋ raised hand|👆 pointing up|👇 pointing down|👉 pointing right|👈 pointing left|✊ raised fist|👀 eyes|🧠 brain|👤 person|👥 people|🧑‍💻 technologist|🧑‍🚒 firefighter|🧑‍⚕️ health worker|🏃 running|🚶 walking',
  ),
  group(
    'emoji.nature',
    '☀️ sun|🌤️ sun behind cloud|☁️ cloud|🌧️ rain|⛈️ thunderstorm|❄️ snowflake|🌊 wave|🔥 fire|💧 droplet|🌈 rainbow|⭐ star|🌙 moon|🌍 globe|🌱 seedling|🌳 tree|🌻 sunflower|🐶 dog|🐱 cat|🐦 bird|🐟 fish|🐝 bee|🍎 apple|🍞 bread|🍕 pizza|🍰 cake|☕ coffee|🍵 tea|🍺 beer|🥤 drink|🥪 sandwich',
  ),
  group(
    'emoji.things',
    '🚗 car|🚚 truck|🚑 ambulance|🚒 fire engine|🚲 bicycle|🚆 train|✈️ airplane|🚢 ship|🏠 house|🏫 school|🏥 hospital|⛺ tent|📍 pin|🗺️ map|⏰ alarm clock|⏳ hourglass|📅 calendar|📌 pushpin|📎 paper clip|📝 memo|📦 package|📞 telephone|💻 laptop|🔑 key|🔒 locked|🔓 unlocked|🔧 wrench|🔋 battery|💡 light bulb|🎁 gift|🎉 party popper|🏆 trophy|⚽ ball|🎵 note|📷 camera|💰 money',
  ),
  group(
    'emoji.signs',
    '❤️ red heart|🧡 orange heart|💛 yellow heart|💚 green heart|💙 blue heart|💜 purple heart|💔 broken heart|✅ check mark|❌ cross mark|❗ exclamation mark|❓ question mark|⚠️ warning|🚫 prohibited|💯 hundred points|➕ plus|➡️ right arrow|⬅️ left arrow|🔁 repeat|🆗 OK|🆘 SOS',
  ),
]
